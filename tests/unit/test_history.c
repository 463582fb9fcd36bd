/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What receivers said, by day, and the file that says so. */
#include "tests/unit/unit.h"

#include "health/history.h"
#include "tests/unit/scratch.h"

#define DAY INT64_C(86400)

static struct arena *arena;

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

static struct health_destination destination(const char *domain, uint64_t forwards,
                                             uint64_t refused)
{
	struct health_destination made = { .domain = str_from(domain) };

	made.counts.forwards = forwards;
	made.counts.accepted = forwards - refused;
	made.counts.disliked = made.counts.refused[RECEIVER_SPAM] = refused;
	made.scores = refused;
	made.score_sum = (int64_t)refused * -1000;
	made.lowest = -2000;
	made.highest = 5900;
	return made;
}

/* Three days of it. */
static struct history some(void)
{
	struct history history = { 0 };
	struct history_step step = { 77, STR("aol.example"), 0, 1, 20, 3 };
	struct health_destination aol = destination("aol.example", 10, 1), more;
	struct health_destination other = destination("other.example", 25, 0);

	history_add(arena, &history, &aol, NULL, 10 * DAY);
	more = destination("aol.example", 15, 3);
	history_add(arena, &history, &more, &aol, 10 * DAY + 5);
	aol = destination("aol.example", 20, 3);
	history_add(arena, &history, &aol, &more, 12 * DAY);
	history_add(arena, &history, &other, NULL, 12 * DAY);
	history_add_step(arena, &history, &step);
	return history;
}

static void check_some(const struct history *history)
{
	struct history_destinations sums = history_sum(arena, history);

	assert_int_equal(history->rows.len, 3);
	assert_int_equal(sums.len, 2);
	assert_str(sums.items[0].domain, "other.example");
	assert_int_equal(sums.items[1].counts.forwards, 20);
	assert_int_equal(sums.items[1].counts.accepted, 17);
	assert_int_equal(sums.items[1].counts.refused[RECEIVER_SPAM], 3);
	assert_int_equal(sums.items[1].scores, 3);
	assert_int_equal(sums.items[1].score_sum, -3000);
	assert_int_equal(sums.items[1].lowest, -2000);
	assert_int_equal(sums.items[1].highest, 5900);
	assert_int_equal(history->steps.len, 1);
	assert_str(history->steps.items[0].domain, "aol.example");
	assert_int_equal(history->steps.items[0].disliked, 3);
}

static void test_days_are_added_up(void **state)
{
	struct history history = some();

	(void)state;
	check_some(&history);
	history_forget(&history, 16 * DAY);
	check_some(&history);
	history_forget(&history, 17 * DAY);
	assert_int_equal(history.rows.len, 2);
	history_forget(&history, 30 * DAY);
	assert_int_equal(history.rows.len, 0);
}

static void test_the_file(void **state)
{
	const char *path = history_path(arena, str_from(scratch_path("health")));
	struct history history = some(), got;
	struct error err;

	(void)state;
	assert_true(history_read(arena, path, &got, &err));
	assert_int_equal(got.rows.len, 0);
	assert_true(history_write(path, &history, &err));
	assert_true(history_read(arena, path, &got, &err));
	check_some(&got);
}

static void test_it_has_an_end(void **state)
{
	struct history history = { 0 };
	struct history_step step = { 0, STR("aol.example"), 0, 1, 20, 3 };

	(void)state;
	for (int i = 0; i < 3 * HISTORY_STEPS_MAX; i++) {
		step.time_s = i;
		history_add_step(arena, &history, &step);
	}
	assert_int_equal(history.steps.len, HISTORY_STEPS_MAX);
	assert_int_equal(history.steps.items[HISTORY_STEPS_MAX - 1].time_s,
	                 3 * HISTORY_STEPS_MAX - 1);
	for (int i = 0; i < HISTORY_ROWS_MAX + 10; i++) {
		struct health_destination d =
			destination(arena_printf(arena, "d%d.example", i).data, 1, 0);

		history_add(arena, &history, &d, NULL, DAY);
	}
	assert_int_equal(history.rows.len, HISTORY_ROWS_MAX);
}

static void test_what_is_no_file_of_ours(void **state)
{
	static const char *const texts[] = {
		"",
		"assay receivers 2\nend\n",
		"assay receivers 1\n",
		"assay receivers 1\nday 1 a.example 1\nend\n",
		"assay receivers 1\nday 1 a.example 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\nend\n",
		"assay receivers 1\nday 1 a.example -1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\nend\n",
		"assay receivers 1\nday 1 a.example 9223372036854775807\nend\n",
		"assay receivers 1\nstep 1 a.example 0 1 2\nend\n",
		"assay receivers 1\nstep 1 a.example 0 -1 2 3\nend\n",
		"assay receivers 1\nnight 1 a.example\nend\n",
	};
	struct history got;
	struct error err;

	(void)state;
	assert_true(history_parse(
		arena,
		STR("assay receivers 1\nday 1 a.example 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -5 "
	            "-5 0 -5 0\nstep 1 a.example 0 1 2 3\nend\n"),
		&got, &err));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(history_parse(arena, str_from(texts[i]), &got, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_days_are_added_up, begin, end),
		cmocka_unit_test_setup_teardown(test_the_file, begin, end),
		cmocka_unit_test_setup_teardown(test_it_has_an_end, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_no_file_of_ours, begin, end),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, scratch_remove);
}
