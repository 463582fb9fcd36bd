/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/feature_builder.h"

/* A number of FEATURE_BITS in two digits. */
#define DIGIT_BITS   (FEATURE_BITS / 2)
#define DIGIT_VALUES (1u << DIGIT_BITS)
/* Fewer are sorted by insertion. */
#define FEW 48

void feature_builder_add(struct feature_builder *builder, enum feature_group group, uint64_t hash,
                         const char *what, struct str text)
{
	/* Groups share the weights; the factor sends the same hash elsewhere in each. */
	uint64_t mixed = (hash ^ (uint64_t)(group + 1) << 40) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t feature = (uint32_t)(mixed >> (64 - FEATURE_BITS));

	/* Twice as many as are kept, since some are there twice. */
	if (builder->groups[group].len >= (size_t)2 * FEATURES_MAX)
		return;
	vec_push(builder->arena, &builder->groups[group], feature);
	if (builder->names != NULL)
		vec_push(builder->arena, builder->names,
		         ((struct feature_name){
				 group, feature,
				 arena_printf(builder->arena, "%s%.*s", what, STR_FMT(text)) }));
}

void feature_builder_add_text(struct feature_builder *builder, enum feature_group group,
                              const char *what, struct str text)
{
	uint64_t seed = learn_key_hash(builder->key, 1, str_from(what));

	feature_builder_add(builder, group, learn_key_hash(builder->key, seed, text), what, text);
}

static void sort_few(uint32_t *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint32_t item = items[i];
		size_t at = i;

		for (; at > 0 && items[at - 1] > item; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static void sort_by_digit(const uint32_t *from, uint32_t *to, size_t count, unsigned shift)
{
	uint32_t starts[DIGIT_VALUES] = { 0 };
	uint32_t start = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i] >> shift & (DIGIT_VALUES - 1)]++;
	for (size_t i = 0; i < DIGIT_VALUES; i++) {
		uint32_t of_digit = starts[i];

		starts[i] = start;
		start += of_digit;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[from[i] >> shift & (DIGIT_VALUES - 1)]++] = from[i];
}

static void sort(struct arena *arena, uint32_t *items, size_t count)
{
	uint32_t *other;

	if (count < FEW) {
		sort_few(items, count);
		return;
	}
	other = arena_alloc(arena, count * sizeof(*other));
	sort_by_digit(items, other, count, 0);
	sort_by_digit(other, items, count, DIGIT_BITS);
}

static size_t leave_out_doubles(uint32_t *items, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < FEATURES_MAX; i++)
		if (kept == 0 || items[i] != items[kept - 1])
			items[kept++] = items[i];
	return kept;
}

void feature_builder_finish(struct feature_builder *builder, struct features *features_r)
{
	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		uint32_t *items = builder->groups[i].items;
		size_t count = builder->groups[i].len;

		sort(builder->arena, items, count);
		features_r->groups[i].items = items;
		features_r->groups[i].len = leave_out_doubles(items, count);
	}
}
