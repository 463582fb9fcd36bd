/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/rules_watch.h"
#include "tests/unit/unit.h"

#define TEN_POINTS 10000

static void test_jump(void **state)
{
	(void)state;
	/* Every mail with a link gets 25 points. */
	assert_true(rules_watch_jumped(1000, 5000, 50, 60, TEN_POINTS));
	assert_true(rules_watch_jumped(0, 100, 30, 30, TEN_POINTS));
	/* As before, and a little more. */
	assert_false(rules_watch_jumped(1000, 5000, 12, 60, TEN_POINTS));
	assert_false(rules_watch_jumped(1000, 5000, 1400, 5000, TEN_POINTS));
	assert_true(rules_watch_jumped(1000, 5000, 2000, 5000, TEN_POINTS));
	/* Less spam is no trouble. */
	assert_false(rules_watch_jumped(5000, 5000, 0, 5000, TEN_POINTS));
	assert_false(rules_watch_jumped(5000, 5000, 5000, 5000, TEN_POINTS));
	assert_false(rules_watch_jumped(0, 5000, 0, 5000, 0));
}

static void test_little_mail_proves_nothing(void **state)
{
	(void)state;
	assert_false(rules_watch_jumped(0, 0, 1000, 1000, TEN_POINTS));
	assert_false(rules_watch_jumped(0, 29, 1000, 1000, TEN_POINTS));
	assert_false(rules_watch_jumped(0, 1000, 29, 29, TEN_POINTS));
	assert_false(rules_watch_jumped(20, 100, 12, 30, TEN_POINTS));
	assert_false(rules_watch_jumped(30, 60, 40, 60, TEN_POINTS));
}

/* How seldom mail that is as before looks like a jump, were it looked at after each message. */
static void test_chance(void **state)
{
	uint32_t random = 1;
	unsigned alarms = 0;

	(void)state;
	for (int hour = 0; hour < 2000; hour++) {
		uint64_t spam = 0;
		bool alarm = false;

		for (uint64_t mail = 1; mail <= 300; mail++) {
			random = random * 1664525 + 1013904223;
			spam += random >> 16 < 65536 * 3 / 10;
			alarm = alarm || rules_watch_jumped(300, 1000, spam, mail, TEN_POINTS);
		}
		alarms += alarm;
	}
	assert_in_range(alarms, 0, 2);
}

static void test_watching(void **state)
{
	struct arena *arena = arena_new();
	struct str sentence;

	(void)state;
	assert_int_equal(rules_watch_look(arena, TEN_POINTS, &sentence), RULES_WATCH_OFF);
	for (int i = 0; i < 100; i++)
		rules_watch_count(false, false);
	rules_watch_begin(3600000);
	for (int i = 0; i < 40; i++)
		rules_watch_count(i < 10, false);
	assert_int_equal(rules_watch_look(arena, TEN_POINTS, &sentence), RULES_WATCH_ON);
	for (int i = 0; i < 60; i++)
		rules_watch_count(false, true);
	assert_int_equal(rules_watch_look(arena, TEN_POINTS, &sentence), RULES_WATCH_JUMPED);
	assert_true(str_find(sentence, STR("60.0% of mail is dropped, 60 of 100 messages")) == 0);
	assert_int_equal(rules_watch_look(arena, TEN_POINTS, &sentence), RULES_WATCH_OFF);
	rules_watch_begin(0);
	assert_int_equal(rules_watch_look(arena, TEN_POINTS, &sentence), RULES_WATCH_ENDED);
	assert_int_equal(rules_watch_look(arena, TEN_POINTS, &sentence), RULES_WATCH_OFF);
	arena_free(arena);
}

/* What a file says is believed only where it can be. */
static void test_before(void **state)
{
	const struct rules_watch_counts good = { 100, 20, 3 }, odd = { 100, 101, 0 };
	const struct rules_watch_counts huge = { UINT64_MAX, 1, 1 };

	(void)state;
	rules_watch_set_before(&good);
	rules_watch_set_before(&odd);
	rules_watch_set_before(&huge);
	assert_int_equal(rules_watch_before().messages, 100);
	assert_int_equal(rules_watch_before().tagged, 20);
	rules_watch_count(true, false);
	assert_int_equal(rules_watch_before().tagged, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jump),   cmocka_unit_test(test_little_mail_proves_nothing),
		cmocka_unit_test(test_chance), cmocka_unit_test(test_watching),
		cmocka_unit_test(test_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
