/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points of rules fitted to mail whose kind is known. */
#include "tests/unit/unit.h"

#include "cli/tune_fit.h"

enum {
	SPAM_SIGN,
	BOTH_SIGN,
	GOOD_SIGN,
	RARE_SIGN,
	RULES,
};

#define PER_SOURCE 50
#define SOURCES    4

static const struct tune_rule rules[RULES] = {
	[SPAM_SIGN] = { 1, 0.001, 3.5 },
	[BOTH_SIGN] = { 1, 0.001, 3.5 },
	[GOOD_SIGN] = { -0.5, -2, -0.001 },
	[RARE_SIGN] = { 2, 0.001, 3.5 },
};
static const double weights[SOURCES] = { 1, 1, 1, 1 };
static const struct tune_settings settings = { .threshold = 5, .good_weight = 4, .strength = 0.5 };

static struct tune_row rows[PER_SOURCE * SOURCES];
static struct tune_data data = { rows, PER_SOURCE *SOURCES, rules, RULES, weights, SOURCES };

/* Sources 0 and 1 are good mail, 2 and 3 spam that gets 3 points by something else. */
static int set_up(void **state)
{
	static const uint16_t good[] = { BOTH_SIGN, GOOD_SIGN }, spam[] = { SPAM_SIGN, BOTH_SIGN };

	(void)state;
	for (size_t i = 0; i < data.row_count; i++) {
		bool is_spam = i >= data.row_count / 2;

		rows[i] = (struct tune_row){ .rules = is_spam ? spam : good,
			                     .count = 2,
			                     .fixed = is_spam ? 3 : 2,
			                     .source = (unsigned)(i / PER_SOURCE),
			                     .spam = is_spam };
	}
	return 0;
}

static void test_signs(void **state)
{
	double points[RULES];

	(void)state;
	tune_fit(&data, &settings, SOURCES, points);
	assert_true(points[SPAM_SIGN] > 1.5 && points[SPAM_SIGN] <= 3.5);
	assert_true(points[BOTH_SIGN] < points[SPAM_SIGN]);
	assert_true(points[GOOD_SIGN] < -0.001 && points[GOOD_SIGN] >= -2);
	/* What no message hits stays what it was. */
	assert_true(points[RARE_SIGN] > 1.99 && points[RARE_SIGN] < 2.01);
	for (size_t i = 0; i < data.row_count; i++)
		assert_int_equal(tune_score(&rows[i], points) > 5, rows[i].spam);
}

/* What hits good mail alone never gets a point against it, nor for spam what hits spam alone. */
static void test_limits(void **state)
{
	static const uint16_t wrong_good[] = { SPAM_SIGN }, wrong_spam[] = { GOOD_SIGN };
	double points[RULES];

	(void)state;
	for (size_t i = 0; i < data.row_count; i++) {
		rows[i].rules = rows[i].spam ? wrong_spam : wrong_good;
		rows[i].count = 1;
		rows[i].fixed = 5;
	}
	tune_fit(&data, &settings, SOURCES, points);
	assert_true(points[SPAM_SIGN] >= 0.001 && points[SPAM_SIGN] < 0.1);
	assert_true(points[GOOD_SIGN] <= -0.001 && points[GOOD_SIGN] > -0.1);
}

/* A source that is left out has no say, and what is drawn at random is the same each time. */
static void test_sources(void **state)
{
	double all[RULES], without[RULES], again[RULES];
	struct tune_settings slow = settings, bags;

	(void)state;
	slow.strength = 5;
	tune_fit(&data, &slow, SOURCES, all);
	tune_fit(&data, &slow, 3, without);
	assert_true(without[SPAM_SIGN] < all[SPAM_SIGN]);
	for (size_t i = 0; i < data.row_count; i++)
		if (rows[i].source == 3)
			rows[i].fixed = 100;
	tune_fit(&data, &slow, 3, again);
	assert_memory_equal(without, again, sizeof(again));
	bags = slow;
	bags.bags = 10;
	tune_fit(&data, &bags, SOURCES, all);
	tune_fit(&data, &bags, SOURCES, again);
	assert_memory_equal(all, again, sizeof(again));
}

static void test_auc(void **state)
{
	double scores[PER_SOURCE * SOURCES];

	(void)state;
	for (size_t i = 0; i < data.row_count; i++)
		scores[i] = rows[i].spam ? 6 : 4;
	assert_true(tune_auc(&data, scores) == 1);
	for (size_t i = 0; i < data.row_count; i++)
		scores[i] = 5;
	assert_true(tune_auc(&data, scores) == 0.5);
	/* One of two sources of spam is below all good mail. */
	for (size_t i = 0; i < data.row_count; i++)
		scores[i] = rows[i].source;
	for (size_t i = 0; i < data.row_count; i++)
		if (rows[i].source == 3)
			scores[i] = -1;
	assert_true(tune_auc(&data, scores) > 0.499 && tune_auc(&data, scores) < 0.501);
	data.row_count /= 2;
	assert_true(tune_auc(&data, scores) == 0.5);
	data.row_count *= 2;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_signs, set_up),
		cmocka_unit_test_setup(test_limits, set_up),
		cmocka_unit_test_setup(test_sources, set_up),
		cmocka_unit_test_setup(test_auc, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
