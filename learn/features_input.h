/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What features are made of. Plain values. */
#ifndef LEARN_FEATURES_INPUT_H
#define LEARN_FEATURES_INPUT_H

#include "base/map.h"
#include "facts/facts.h"
#include "learn/feature_builder.h"

/* A rule that hit, for whatever but what was learned. */
struct feature_hit {
	struct str name;
	int32_t score; /* thousandths */
};

struct features_input {
	const struct facts *facts; /* with its message */
	const struct feature_hit *hits;
	size_t hit_count;
	const struct learn_key *key;
	const struct map *ignored_fields; /* see ignored_fields_has() */
	struct feature_names *names;      /* gets every feature in words; or NULL */
};

#endif
