/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/feature_builder.h"

/* Twice as many as are kept, since some are there twice. */
#define GATHERED_MAX ((size_t)2 * FEATURES_MAX)
/* Fewer are sorted as one bucket. */
#define FEW             32
#define BUCKET_BITS_MAX 12
#define GATHERED_BITS   14
_Static_assert(GATHERED_MAX == 1u << GATHERED_BITS, "buckets are counted with 16 bits");

uint32_t *feature_builder_room(struct feature_builder *builder, enum feature_group group,
                               size_t *count)
{
	size_t len = builder->groups[group].len, wanted = len + *count;

	if (wanted > GATHERED_MAX)
		wanted = GATHERED_MAX;
	*count = wanted - len;
	if (builder->groups[group].cap < wanted) {
		builder->groups[group].items = arena_grow(
			builder->arena, builder->groups[group].items,
			builder->groups[group].cap * sizeof(uint32_t), wanted * sizeof(uint32_t));
		builder->groups[group].cap = wanted;
	}
	builder->groups[group].len = wanted;
	return *count > 0 ? builder->groups[group].items + len : NULL;
}

void feature_builder_add(struct feature_builder *builder, enum feature_group group, uint64_t hash,
                         const char *what, struct str text)
{
	uint32_t feature = feature_of(group, hash);

	if (builder->choice != NULL && !feature_choice_has(builder->choice, feature))
		return;
	if (builder->groups[group].len >= GATHERED_MAX)
		return;
	vec_push(builder->arena, &builder->groups[group], feature);
	if (builder->names != NULL)
		vec_push(builder->arena, builder->names,
		         ((struct feature_name){ group, feature, what, text }));
}

void feature_builder_add_text(struct feature_builder *builder, enum feature_group group,
                              const char *what, struct str text)
{
	uint64_t seed = learn_key_hash(builder->key, 1, str_from(what));

	feature_builder_add(builder, group, learn_key_hash(builder->key, seed, text), what, text);
}

/* Into an ascending run without doubles, which has room; returns its new length. */
static size_t insert(uint32_t *run, size_t len, uint32_t item)
{
	size_t at = len;

	while (at > 0 && run[at - 1] > item)
		at--;
	if (at > 0 && run[at - 1] == item)
		return len;
	for (size_t i = len; i > at; i--)
		run[i] = run[i - 1];
	run[at] = item;
	return len + 1;
}

static size_t sort_few(uint32_t *items, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		kept = insert(items, kept, items[i]);
	return kept;
}

/* By their upper bits into about half as many buckets, since hashes are spread evenly. */
static size_t sort_many(struct arena *arena, uint32_t *items, size_t count)
{
	uint16_t ends[1u << BUCKET_BITS_MAX];
	uint32_t *sorted = arena_alloc(arena, count * sizeof(*sorted));
	unsigned bits = 1, shift;
	size_t kept = 0, start = 0;

	while (bits < BUCKET_BITS_MAX && (size_t)2 << bits < count)
		bits++;
	shift = FEATURE_BITS - bits;
	memset(ends, 0, sizeof(ends[0]) << bits);
	for (size_t i = 0; i < count; i++)
		ends[items[i] >> shift]++;
	for (size_t i = 0; i < (size_t)1 << bits; i++) {
		uint16_t of_bucket = ends[i];

		ends[i] = (uint16_t)start;
		start += of_bucket;
	}
	for (size_t i = 0; i < count; i++)
		sorted[ends[items[i] >> shift]++] = items[i];
	start = 0;
	for (size_t i = 0; i < (size_t)1 << bits; i++) {
		size_t len = 0;

		for (; start < ends[i]; start++)
			len = insert(items + kept, len, sorted[start]);
		kept += len;
	}
	return kept;
}

void feature_builder_finish(struct feature_builder *builder, struct features *features_r)
{
	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		uint32_t *items = builder->groups[i].items;
		size_t count = builder->groups[i].len;

		count = count < FEW ? sort_few(items, count)
		                    : sort_many(builder->arena, items, count);
		features_r->groups[i].items = items;
		features_r->groups[i].len = count < FEATURES_MAX ? count : FEATURES_MAX;
	}
}
