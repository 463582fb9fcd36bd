/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a message: its features are sorted, few enough, the same with names and without, and
 * survive being kept as a lesson; learning them gives finite weights. And any bytes as a lesson:
 * refused, or the same when written again.
 */
#include <assert.h>
#include <math.h>

#include "facts/facts_gather.h"
#include "learn/features_message.h"
#include "learn/learned.h"
#include "learn/lesson.h"

#define BITS 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct features *features_of(struct arena *arena, struct str raw,
                                          struct feature_names *names)
{
	static const struct learn_key key = { { 3, 5 } };
	static const struct feature_hit hits[] = { { STR_INIT("A"), 1500 },
		                                   { STR_INIT("B"), -700 } };
	struct message_limits limits = message_default_limits();
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct facts *facts = arena_new_object(arena, struct facts);
	struct relay_settings settings = { 0 };
	struct features_input input = {
		.facts = facts, .hits = hits, .hit_count = 2, .key = &key, .names = names
	};

	facts->message = message_parse(arena, raw, &limits);
	facts->envelope = envelope;
	facts->relays = relays_parse(arena, &facts->message->headers, envelope, &settings);
	return features_of_message(arena, &input);
}

static void check_sets(const struct features *features)
{
	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		const struct feature_set *set = &features->groups[i];

		assert(set->len <= FEATURES_MAX);
		for (size_t j = 0; j < set->len; j++)
			assert(set->items[j] < 1u << FEATURE_BITS &&
			       (j == 0 || set->items[j - 1] < set->items[j]));
	}
}

static void check_learning(struct arena *arena, const struct features *features,
                           const struct feature_names *names)
{
	struct model *model = model_new(BITS);
	struct learned_models models = { .site = model };
	struct learned learned;

	for (int i = 0; i < 3; i++)
		model_learn(model, features, i % 2 == 0 ? LEARN_SPAM : LEARN_HAM,
		            i == 0 ? LEARN_AUTOMATIC : LEARN_BY_HAND);
	learned = learned_judge(&models, features);
	assert(isfinite(learned.log_odds) && learned.probability >= 0 && learned.probability <= 1);
	learned_explain(arena, &models, names, &learned);
	assert(learned.reasons.len <= (size_t)2 * LEARNED_REASONS);
	model_free(model);
}

static void try_message(struct arena *arena, struct str raw)
{
	struct feature_names names = { 0 };
	const struct features *features = features_of(arena, raw, &names);
	struct str lesson = lesson_encode(arena, features);
	struct features again;

	check_sets(features);
	assert(lesson.len <= LESSON_BYTES_MAX);
	assert(str_eq(lesson, lesson_encode(arena, features_of(arena, raw, NULL))));
	assert(lesson_decode(arena, lesson, &again));
	assert(str_eq(lesson, lesson_encode(arena, &again)));
	check_learning(arena, features, &names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str bytes = { (const char *)data, size };
	struct features features;

	if (lesson_decode(arena, bytes, &features)) {
		struct str again = lesson_encode(arena, &features);

		check_sets(&features);
		/* One of an older version becomes one of the present. */
		assert(again.data[0] != bytes.data[0] || str_eq(again, bytes));
		assert(lesson_decode(arena, again, &features));
		assert(str_eq(lesson_encode(arena, &features), again));
	}
	try_message(arena, bytes);
	arena_free(arena);
	return 0;
}
