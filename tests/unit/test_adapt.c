/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thresholds that go down and up again, and the file that says so. */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "base/strbuf.h"
#include "health/adapt.h"
#include "scoring/adapted_now.h"
#include "tests/unit/scratch.h"

#define HOUR INT64_C(3600)

static struct arena *arena;
static const struct adapt_settings how = { .share = 5000, .interval_s = HOUR, .steps_max = 2 };

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_down_to_the_floor_and_up(void **state)
{
	struct adapted_destination d = { .domain = STR("aol.example") };
	int64_t now = 1000 * HOUR;

	(void)state;
	assert_false(adapt_step(&d, &how, 19, 19, now));
	assert_true(adapt_step(&d, &how, 1, 0, now));
	assert_int_equal(d.steps, 1);
	assert_int_equal(d.then_forwards, 20);
	assert_int_equal(d.then_disliked, 19);
	/* The next not before the interval is over, and counted anew. */
	assert_false(adapt_step(&d, &how, 100, 100, now + HOUR - 1));
	assert_true(adapt_step(&d, &how, 0, 0, now + HOUR));
	assert_int_equal(d.steps, 2);
	now += 2 * HOUR;
	assert_false(adapt_step(&d, &how, 100, 100, now));
	assert_int_equal(d.steps, 2);
	/* Well: up a step after a while, and another one after that. */
	for (int i = 0; i < 12; i++)
		adapt_step(&d, &how, 1000, 0, now);
	assert_false(adapt_step(&d, &how, 0, 0, now + 22 * HOUR));
	assert_true(adapt_step(&d, &how, 0, 0, now + 23 * HOUR));
	assert_int_equal(d.steps, 1);
	assert_false(adapt_step(&d, &how, 0, 0, now + 46 * HOUR));
	assert_true(adapt_step(&d, &how, 0, 0, now + 47 * HOUR));
	assert_int_equal(d.steps, 0);
	assert_false(adapt_step(&d, &how, 100, 0, now + 1000 * HOUR));
	assert_int_equal(d.steps, 0);
}

static void test_a_share_is_a_share(void **state)
{
	struct adapted_destination d = { .domain = STR("aol.example") };

	(void)state;
	assert_false(adapt_step(&d, &how, 100, 5, HOUR));
	assert_int_equal(d.steps, 0);
	assert_true(adapt_step(&d, &how, 0, 1, HOUR));
	/* Where the floor was raised meanwhile, it is as low as that allows. */
	d.steps = 50;
	adapt_step(&d, &how, 0, 0, HOUR);
	assert_int_equal(d.steps, 2);
}

static void test_thresholds(void **state)
{
	(void)state;
	assert_int_equal(adapted_threshold(6000, 0, 5000), 6000);
	assert_int_equal(adapted_threshold(6000, 1, 5000), 5500);
	assert_int_equal(adapted_threshold(6000, 100, 5000), 5000);
	assert_int_equal(adapted_threshold(6200, 3, 5000), 5000);
	/* Never above what is configured, also where that is below the floor. */
	assert_int_equal(adapted_threshold(4000, 0, 5000), 4000);
	assert_int_equal(adapted_threshold(4000, 7, 5000), 4000);
	assert_int_equal(adapted_threshold(INT32_MIN, 100, 0), INT32_MIN);
}

static void test_the_file(void **state)
{
	const char *path = scratch_path("health");
	struct adapted_destination d = { STR("aol.example"), 2, 77, 10, 3, 40, 9 };
	struct adapted adapted = { .read_until_s = 4711 }, got;
	struct error err;

	(void)state;
	assert_true(adapted_read(arena, path, &got, &err));
	assert_int_equal(got.len, 0);
	vec_push(arena, &adapted, d);
	assert_true(adapted_write(path, &adapted, &err));
	assert_true(adapted_read(arena, path, &got, &err));
	assert_int_equal(got.read_until_s, 4711);
	assert_str(got.items[0].domain, "aol.example");
	assert_int_equal(got.items[0].steps, 2);
	assert_int_equal(got.items[0].then_disliked, 9);
	chmod(path, 0666);
	assert_false(adapted_read(arena, path, &got, &err));
}

static void test_what_is_no_file_of_ours(void **state)
{
	static const char *const texts[] = {
		"",
		"assay adapted 2\n0\nend\n",
		"assay adapted 1\n0\n",
		"assay adapted 1\n0\naol.example 1 2 3 4 5 6\n",
		"assay adapted 1\n0\naol.example 101 2 3 4 5 6\nend\n",
		"assay adapted 1\n0\naol.example -1 2 3 4 5 6\nend\n",
		"assay adapted 1\n0\naol.example 1 2 3 4 5\nend\n",
		"assay adapted 1\n0\naol.example 1 2 3 4 5 6 7\nend\n",
		"assay adapted 1\n0\n/ 1 2 3 4 5 6\nend\n",
		"assay adapted 1\nx\nend\n",
	};
	struct adapted got;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(adapted_parse(arena, str_from(texts[i]), &got, &err));
}

static void test_in_force(void **state)
{
	struct adapted_destination d = { STR("aol.example"), 2, 77, 10, 3, 40, 9 };
	struct adapted adapted = { 0 }, none = { 0 }, got;

	(void)state;
	assert_int_equal(adapted_now_steps(STR("aol.example")), 0);
	vec_push(arena, &adapted, d);
	adapted_now_set(&adapted);
	assert_int_equal(adapted_now_steps(STR("aol.example")), 2);
	assert_int_equal(adapted_now_steps(STR("gmail.example")), 0);
	adapted_now_get(arena, &got);
	assert_int_equal(got.len, 1);
	adapted_now_set(&none);
	assert_int_equal(adapted_now_steps(STR("aol.example")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_down_to_the_floor_and_up, begin, end),
		cmocka_unit_test_setup_teardown(test_a_share_is_a_share, begin, end),
		cmocka_unit_test_setup_teardown(test_thresholds, begin, end),
		cmocka_unit_test_setup_teardown(test_the_file, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_no_file_of_ours, begin, end),
		cmocka_unit_test_setup_teardown(test_in_force, begin, end),
	};

	return cmocka_run_group_tests_name("adapt", tests, NULL, scratch_remove);
}
