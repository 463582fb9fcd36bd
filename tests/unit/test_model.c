/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <math.h>

#include "learn/learned.h"
#include "learn/logistic.h"

/* Ten words: two that only spam or only ham has, the rest by chance. */
static void draw(struct features *features, uint32_t *items, enum learn_label label, unsigned *seed)
{
	*features = (struct features){ 0 };
	items[0] = label == LEARN_SPAM ? 1000 : 2000;
	items[1] = label == LEARN_SPAM ? 3000 : 4000;
	for (size_t i = 2; i < 10; i++) {
		*seed = *seed * 1103515245u + 12345u;
		items[i] = (uint32_t)i * 100000 + (*seed >> 16) % 500 * 16;
	}
	features->groups[FEATURES_WORDS] = (struct feature_set){ items, 10 };
	features->groups[FEATURES_WHOLE] = (struct feature_set){ &items[10], 1 };
	items[10] = 1000000 + *seed % 40000;
}

static struct model *taught(size_t count)
{
	struct model *model = model_new(MODEL_BITS_DEFAULT);
	unsigned seed = 1;

	for (size_t i = 0; i < count; i++) {
		struct features features;
		uint32_t items[11];
		enum learn_label label = i % 2 == 0 ? LEARN_SPAM : LEARN_HAM;

		draw(&features, items, label, &seed);
		model_learn(model, &features, label, LEARN_AUTOMATIC);
	}
	return model;
}

static void test_learns(void **state)
{
	struct model *model = taught(400);
	unsigned seed = 77;

	(void)state;
	assert_int_equal(model_count(model, LEARN_SPAM), 200);
	assert_int_equal(model_count(model, LEARN_HAM), 200);
	for (int i = 0; i < 100; i++) {
		struct features features;
		uint32_t items[11];

		draw(&features, items, LEARN_SPAM, &seed);
		assert_true(model_log_odds(model, &features) > 1);
		draw(&features, items, LEARN_HAM, &seed);
		assert_true(model_log_odds(model, &features) < -1);
	}
	model_free(model);
}

/* A wrong label is hardly believed where nobody looked, and taken where somebody did. */
static void test_correction(void **state)
{
	struct model *automatic = taught(400), *by_hand = model_copy(automatic);
	struct features features;
	uint32_t items[11];
	unsigned seed = 99;

	(void)state;
	draw(&features, items, LEARN_SPAM, &seed);
	model_learn(automatic, &features, LEARN_HAM, LEARN_AUTOMATIC);
	assert_true(model_log_odds(automatic, &features) > 0);
	model_learn(by_hand, &features, LEARN_HAM, LEARN_BY_HAND);
	assert_true(model_log_odds(by_hand, &features) < 0);
	model_free(automatic);
	model_free(by_hand);
}

/* All of one class first: the other is kept in mind. */
static void test_order(void **state)
{
	(void)state;
	for (int first = LEARN_HAM; first <= LEARN_SPAM; first++) {
		struct model *model = model_new(MODEL_BITS_DEFAULT);
		unsigned seed = 3, right = 0;
		struct features features;
		uint32_t items[11];

		for (int i = 0; i < 600; i++) {
			enum learn_label label = i < 300 ? first : !first;

			draw(&features, items, label, &seed);
			model_learn(model, &features, label, LEARN_BY_HAND);
		}
		for (int i = 0; i < 100; i++) {
			draw(&features, items, LEARN_HAM, &seed);
			right += model_log_odds(model, &features) < 0;
			draw(&features, items, LEARN_SPAM, &seed);
			right += model_log_odds(model, &features) > 0;
		}
		assert_true(right >= 198);
		model_free(model);
	}
}

/* Before anything is learned, what the rules say. */
static void test_prior(void **state)
{
	struct features features = { .score = 7000 };
	struct model *model = model_new(MODEL_BITS_MIN);

	(void)state;
	assert_true(model_log_odds(model, &features) == model_prior(&features));
	assert_true(model_prior(&features) > 0);
	features.score = -7000;
	assert_true(model_prior(&features) < 0);
	features.score = 0;
	assert_true(model_prior(&features) == 0);
	model_free(model);
}

/* All features share one weight, and the message changes sides again and again. */
static void test_sides_without_end(void **state)
{
	uint32_t item = 12345;
	struct features features = { .score = 0 };
	struct model *model = model_new(MODEL_BITS_MIN);

	(void)state;
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		features.groups[i] = (struct feature_set){ .items = &item, .len = 1 };
	for (int i = 0; i < 2000; i++) {
		model_learn(model, &features, i % 2 == 0 ? LEARN_SPAM : LEARN_HAM, LEARN_BY_HAND);
		assert_true(isfinite(model_log_odds(model, &features)));
	}
	model_free(model);
}

/* The steps of the rules' score are one reason: the last of them, with what all add. */
static void test_steps_are_one_reason(void **state)
{
	struct model *model = taught(400);
	struct learned_models models = { .site = model };
	struct arena *arena = arena_new();
	struct feature_names names = { 0 };
	struct features features;
	struct learned learned;
	uint32_t items[11];
	unsigned seed = 5;
	double sum = 0;

	(void)state;
	draw(&features, items, LEARN_SPAM, &seed);
	features.groups[FEATURES_RULES] = features.groups[FEATURES_WORDS];
	for (size_t i = 0; i < 3; i++) {
		vec_push(arena, &names,
		         ((struct feature_name){ FEATURES_RULES, items[i], FEATURES_STEP "over ",
		                                 arena_printf(arena, "%zu", i) }));
		sum += model_share(model, &features, FEATURES_RULES, items[i]);
	}
	learned = learned_judge(&models, &features);
	learned_explain(arena, &models, &names, &learned);
	assert_true(sum != 0);
	assert_int_equal(learned.reasons.len, 1);
	assert_true(str_eq(learned.reasons.items[0].text, STR("score over 2")));
	assert_true(fabs(learned.reasons.items[0].share - sum) < 1e-9);
	arena_free(arena);
	model_free(model);
}

/* What weighs most comes first, each way, and adds up to no more than the log odds. */
static void test_reasons(void **state)
{
	struct model *model = taught(400);
	struct learned_models models = { .site = model };
	struct arena *arena = arena_new();
	struct feature_names names = { 0 };
	struct features features;
	struct learned learned;
	uint32_t items[11];
	unsigned seed = 5;

	(void)state;
	draw(&features, items, LEARN_SPAM, &seed);
	for (size_t i = 0; i < 10; i++)
		vec_push(arena, &names,
		         ((struct feature_name){ FEATURES_WORDS, items[i], "word",
		                                 arena_printf(arena, "%zu", i) }));
	learned = learned_judge(&models, &features);
	learned_explain(arena, &models, &names, &learned);
	assert_true(learned.reasons.len >= 2);
	assert_true(learned.reasons.len <= (size_t)2 * LEARNED_REASONS);
	for (size_t i = 0; i < 2; i++)
		assert_true(str_eq(learned.reasons.items[i].text, STR("word0")) ||
		            str_eq(learned.reasons.items[i].text, STR("word1")));
	for (size_t i = 1; i < learned.reasons.len; i++)
		assert_true(fabs(learned.reasons.items[i].share) <=
		            fabs(learned.reasons.items[i - 1].share));
	arena_free(arena);
	model_free(model);
}

static void test_same_bytes(void **state)
{
	struct model *a = taught(60), *b = taught(60), *c;

	(void)state;
	assert_true(str_eq(model_bytes(a), model_bytes(b)));
	c = model_read(model_bytes(a));
	assert_non_null(c);
	assert_true(str_eq(model_bytes(a), model_bytes(c)));
	assert_null(model_read(str_prefix(model_bytes(a), 100)));
	assert_null(model_read(str_from_offset(model_bytes(a), 8)));
	model_free(a);
	model_free(b);
	model_free(c);
}

static void test_logistic(void **state)
{
	(void)state;
	assert_true(logistic(0) == 0.5);
	for (double x = -39; x < 39; x += 0.37)
		assert_true(fabs(logistic(x) - 1 / (1 + exp(-x))) < 1e-14);
	assert_true(logistic(1e300) <= 1 && logistic(1e300) > 0.999);
	assert_true(logistic(-1e300) >= 0 && logistic(-1e300) < 0.001);
}

/* Little learned, little said: least of what may be ham of a kind that isn't known. */
static void test_ramp(void **state)
{
	struct model *model = taught(60), *more = taught(600);
	struct learned_models models = { .site = model };
	struct features features;
	uint32_t items[11];
	unsigned seed = 5;
	struct learned few, many;

	(void)state;
	draw(&features, items, LEARN_SPAM, &seed);
	few = learned_judge(&models, &features);
	assert_true(few.log_odds > 0);
	assert_true(few.probability < logistic(2 * few.log_odds * 30 / 130));
	models.site = more;
	many = learned_judge(&models, &features);
	assert_true(many.probability > few.probability);
	assert_true(many.probability > 0.5);
	assert_true(model_doubt(more) > 0 && model_doubt(more) < model_doubt(model));
	models.narrower = model; /* only 30 of each */
	assert_true(learned_judge(&models, &features).log_odds == many.log_odds);
	models.narrower = more;
	assert_true(learned_judge(&models, &features).log_odds > many.log_odds);
	models.site = NULL;
	models.narrower = NULL;
	assert_true(learned_judge(&models, &features).probability == 0.5);
	model_free(model);
	model_free(more);
}

static void learn_many(struct model *model, enum learn_label label, size_t count)
{
	unsigned seed = 7;

	for (size_t i = 0; i < count; i++) {
		struct features features;
		uint32_t items[11];

		draw(&features, items, label, &seed);
		model_learn(model, &features, label, LEARN_AUTOMATIC);
	}
}

/* It is of the ham alone: 3, half of that with 300, a tenth with nine times as many. */
static void test_doubt(void **state)
{
	struct model *model = model_new(MODEL_BITS_DEFAULT);
	double last = model_doubt(model);

	(void)state;
	assert_true(last == 3);
	learn_many(model, LEARN_SPAM, 500);
	assert_true(model_doubt(model) == 3);
	for (int i = 0; i < 3; i++) {
		learn_many(model, LEARN_HAM, 100);
		assert_true(model_doubt(model) < last);
		last = model_doubt(model);
	}
	assert_true(last == 1.5);
	learn_many(model, LEARN_HAM, 2400);
	assert_true(fabs(model_doubt(model) - 0.3) < 1e-9);
	model_free(model);
}

static double probability(const struct model *site, const struct model *narrower,
                          const struct features *features)
{
	const struct learned_models models = { .site = site, .narrower = narrower };

	return learned_judge(&models, features).probability;
}

/* What somebody corrected is on the side that he said, however little ham is known. */
static void test_correction_beyond_doubt(void **state)
{
	static const size_t sizes[] = { 1, 10, 60, 300, 3000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct model *model = taught(2 * sizes[i]);
		unsigned seed = 99;

		for (int label = LEARN_HAM; label <= LEARN_SPAM; label++) {
			struct features features;
			uint32_t items[11];

			draw(&features, items, label, &seed);
			for (int times = 0; times < 3; times++) {
				model_learn(model, &features, LEARN_SPAM, LEARN_BY_HAND);
				assert_true(probability(model, NULL, &features) > 0.5);
				model_learn(model, &features, LEARN_HAM, LEARN_BY_HAND);
				assert_true(probability(model, NULL, &features) < 0.5);
			}
		}
		model_free(model);
	}
}

/* A domain that knows much ham doubts as little where the site knows hardly any. */
static void test_narrower_doubt(void **state)
{
	struct model *site = taught(120), *domain = taught(2000);
	struct features features;
	uint32_t items[11];
	unsigned seed = 99;

	(void)state;
	draw(&features, items, LEARN_HAM, &seed);
	/* Of this message the site knows nothing. */
	for (size_t i = 0; i < 11; i++)
		items[i] = (uint32_t)(60000 + 64 * i);
	assert_true(model_log_odds(site, &features) < model_doubt(site));
	model_learn(domain, &features, LEARN_SPAM, LEARN_BY_HAND);
	assert_true(probability(site, domain, &features) > 0.5);
	model_learn(domain, &features, LEARN_HAM, LEARN_BY_HAND);
	assert_true(probability(site, domain, &features) < 0.5);
	model_free(site);
	model_free(domain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_correction),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_prior),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_steps_are_one_reason),
		cmocka_unit_test(test_sides_without_end),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_logistic),
		cmocka_unit_test(test_ramp),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_correction_beyond_doubt),
		cmocka_unit_test(test_narrower_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
