/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "scoring/scan_id.h"
#include "scoring/score.h"

static void test_sum_and_lists(void **state)
{
	struct arena *arena = arena_new();
	struct rule_hit items[] = {
		{ .name = STR_INIT("B"), .score = 100 },
		{ .name = STR_INIT("A"), .score = -95950 },
		{ .name = STR_INIT("D"), .score = 3200 },
		{ .name = STR_INIT("C"), .score = 100 },
	};
	struct hits hits = { .items = items, .len = 4 }, none = { 0 };

	(void)state;
	assert_int_equal(score_sum(&hits), -92550);
	assert_str(score_list(arena, &hits), "D=3.2,B=0.1,C=0.1,A=-95.95");
	assert_str(score_names(arena, &hits), "A,B,C,D");
	assert_int_equal(score_sum(&none), 0);
	assert_str(score_list(arena, &none), "");
	arena_free(arena);
}

/* Ten times 0.1 is 1, which a sum of floating-point numbers is not. */
static void test_sum_is_exact(void **state)
{
	struct rule_hit items[10];
	struct hits hits = { .items = items, .len = 10 };

	(void)state;
	for (size_t i = 0; i < 10; i++)
		items[i] = (struct rule_hit){ .score = 100 };
	assert_int_equal(score_sum(&hits), 1000);
}

static void test_scan_ids(void **state)
{
	struct arena *arena = arena_new();
	struct str a = scan_id_new(arena), b = scan_id_new(arena);

	(void)state;
	assert_int_equal(a.len, SCAN_ID_LEN);
	assert_false(str_eq(a, b));
	for (size_t i = 0; i < a.len; i++)
		assert_true(char_is_digit(a.data[i]) || (a.data[i] >= 'a' && a.data[i] <= 'z'));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum_and_lists),
		cmocka_unit_test(test_sum_is_exact),
		cmocka_unit_test(test_scan_ids),
	};

	return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
