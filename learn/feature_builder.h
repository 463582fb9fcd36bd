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

/* A feature in words: `what`, then `text`. Both are the message's, as most are never read. */
struct feature_name {
	enum feature_group group;
	uint32_t feature;
	const char *what;
	struct str text;
};

struct feature_names {
	vec_members(struct feature_name);
};

/* Of which features names are wanted: a bit for each lower part of their numbers, so that some
 * others are among them. */
#define FEATURE_CHOICE_BITS 4096
struct feature_choice {
	uint64_t bits[FEATURE_CHOICE_BITS / 64];
};

static inline void feature_choice_add(struct feature_choice *choice, uint32_t feature)
{
	feature %= FEATURE_CHOICE_BITS;
	choice->bits[feature / 64] |= UINT64_C(1) << feature % 64;
}

static inline bool feature_choice_has(const struct feature_choice *choice, uint32_t feature)
{
	feature %= FEATURE_CHOICE_BITS;
	return (choice->bits[feature / 64] >> feature % 64 & 1) != 0;
}

struct feature_builder {
	struct arena *arena;
	const struct learn_key *key;
	vec_of(uint32_t) groups[FEATURE_GROUPS];
	struct feature_names *names; /* NULL: nobody wants to read them */
	/* With names: only these get any, and nothing else is made; NULL: all. */
	const struct feature_choice *choice;
};

/* The number of a hash in a group. Groups share the weights; the factor sends the same hash
 * elsewhere in each. */
static inline uint32_t feature_of(enum feature_group group, uint64_t hash)
{
	uint64_t mixed = (hash ^ (uint64_t)(group + 1) << 40) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(mixed >> (64 - FEATURE_BITS));
}

/* Adds a feature by its hash, which is the same in every group. What it is, for readers: "in
 * Subject: ", and the text after that. */
void feature_builder_add(struct feature_builder *builder, enum feature_group group, uint64_t hash,
                         const char *what, struct str text);
/* The same for a text that is to be hashed. `what` is part of it. */
void feature_builder_add_text(struct feature_builder *builder, enum feature_group group,
                              const char *what, struct str text);
/*
 * Where many are added that nobody wants to read (`names` is NULL): the place of the next *count
 * features of the group, all of which the caller fills in, with feature_of(). *count becomes less
 * where the group gets too many.
 */
uint32_t *feature_builder_room(struct feature_builder *builder, enum feature_group group,
                               size_t *count);
/* Sorts, and leaves out what is there twice or too many. */
void feature_builder_finish(struct feature_builder *builder, struct features *features_r);

#endif
