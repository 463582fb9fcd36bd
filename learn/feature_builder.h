/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The features of one message under construction. One thread; in the message's arena.
 */
#ifndef LEARN_FEATURE_BUILDER_H
#define LEARN_FEATURE_BUILDER_H

#include "learn/features.h"
#include "learn/learn_key.h"

/* How the names of the steps begin that tell of the score of all rules. */
#define FEATURES_STEP "score "

/* A feature in words. */
struct feature_name {
	enum feature_group group;
	uint32_t feature;
	struct str text;
};

struct feature_names {
	vec_members(struct feature_name);
};

struct feature_builder {
	struct arena *arena;
	const struct learn_key *key;
	vec_of(uint32_t) groups[FEATURE_GROUPS];
	struct feature_names *names; /* NULL: nobody wants to read them */
};

/* Adds a feature by its hash, which is the same in every group. What it is, for readers: "in
 * Subject: ", and the text after that. */
void feature_builder_add(struct feature_builder *builder, enum feature_group group, uint64_t hash,
                         const char *what, struct str text);
/* The same for a text that is to be hashed. `what` is part of it. */
void feature_builder_add_text(struct feature_builder *builder, enum feature_group group,
                              const char *what, struct str text);
/* Sorts, and leaves out what is there twice or too many. */
void feature_builder_finish(struct feature_builder *builder, struct features *features_r);

#endif
