/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <math.h>

#include "learn/learned.h"
#include "learn/logistic.h"

/* Ten words: two that only spam has, two that only ham has, the rest by chance. */
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
}

static struct model *taught(size_t count)
{
	struct model *model = model_new(MODEL_BITS_DEFAULT);
	unsigned seed = 1;

	for (size_t i = 0; i < count; i++) {
		struct features features;
		uint32_t items[10];
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
		uint32_t items[10];

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
	uint32_t items[10];
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

/* Little learned, little said. */
static void test_ramp(void **state)
{
	struct model *model = taught(60), *more = taught(600);
	struct learned_models models = { .site = model };
	struct features features;
	uint32_t items[10];
	unsigned seed = 5;
	struct learned few, many;

	(void)state;
	draw(&features, items, LEARN_SPAM, &seed);
	few = learned_judge(&models, &features);
	assert_true(few.log_odds > 0);
	assert_true(few.probability > 0.5);
	assert_true(few.probability < logistic(2 * few.log_odds * 0.14));
	models.site = more;
	many = learned_judge(&models, &features);
	assert_true(many.probability > few.probability);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learns),     cmocka_unit_test(test_correction),
		cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_logistic),
		cmocka_unit_test(test_ramp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
