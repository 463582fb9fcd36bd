/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a pattern's meaning its modifiers, or (?…), change for those who read it. */
#ifndef RULES_REGEX_PATTERN_FLAGS_H
#define RULES_REGEX_PATTERN_FLAGS_H

#include <stdbool.h>

struct pattern_flags {
	bool caseless;      /* i */
	bool dotall;        /* s */
	bool extended;      /* x */
	bool extended_more; /* xx: in classes, too */
};

#endif
