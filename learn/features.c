/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/features.h"

const char *features_group_name(enum feature_group group)
{
	static const char *const names[FEATURE_GROUPS] = {
		[FEATURES_SENDER] = "sender", [FEATURES_SUBJECT] = "subject",
		[FEATURES_HEADER] = "header", [FEATURES_WORDS] = "word",
		[FEATURES_PAIRS] = "phrase",  [FEATURES_GRAMS] = "letters",
		[FEATURES_LINKS] = "link",    [FEATURES_SHAPE] = "structure",
		[FEATURES_FILES] = "file",    [FEATURES_CHECKS] = "check",
		[FEATURES_RULES] = "rule",    [FEATURES_HIDDEN] = "hidden word",
		[FEATURES_WHOLE] = "message", [FEATURES_STYLE] = "header letters",
	};

	return names[group];
}

size_t features_count(const struct features *features)
{
	size_t count = 0;

	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		count += features->groups[i].len;
	return count;
}
