/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "milter/reload_asks.h"

static void finish(struct reload_ask *asks, bool reloaded, const char *why)
{
	struct reload_result result = { .reloaded = reloaded, .why = str_from(why) };
	struct arena *arena = arena_new();
	struct problems problems;

	problems_init(&problems, arena);
	problems_add(&problems, PROBLEM_WARNING, NULL, "a warning");
	problems_add(&problems, PROBLEM_ERROR, NULL, "an error");
	reload_result_set_problems(&result, arena, &problems);
	reload_asks_finish(asks, &result);
	arena_free(arena);
}

/* Those that want the same are one reload; the order stays. */
static void test_order(void **state)
{
	struct reload_ask *a = reload_asks_add(false), *b = reload_asks_add(false),
			  *c = reload_asks_add(true), *taken;
	struct arena *arena = arena_new();
	struct reload_result result;
	bool force;

	(void)state;
	taken = reload_asks_take(&force);
	assert_non_null(taken);
	assert_false(force);
	assert_false(reload_asks_done(a, arena, &result));
	finish(taken, true, "first");
	assert_true(reload_asks_done(a, arena, &result));
	assert_true(reload_asks_done(b, arena, &result));
	assert_true(result.reloaded);
	assert_str(result.why, "first");
	assert_int_equal(result.problems.len, 2);
	assert_str(result.problems.items[0].text, "an error");
	assert_int_equal(result.others, 1);
	assert_false(reload_asks_done(c, arena, &result));
	taken = reload_asks_take(&force);
	assert_true(force);
	finish(taken, false, "second");
	assert_null(reload_asks_take(&force));
	assert_true(reload_asks_done(c, arena, &result));
	assert_false(result.reloaded);
	reload_asks_drop(a);
	reload_asks_drop(b);
	reload_asks_drop(c);
	reload_asks_drop(NULL);
	arena_free(arena);
}

/* Whoever doesn't wait any longer leaks nothing. */
static void test_dropped(void **state)
{
	struct reload_ask *ask = reload_asks_add(false), *taken;
	bool force;

	(void)state;
	reload_asks_drop(ask);
	taken = reload_asks_take(&force);
	assert_ptr_equal(taken, ask);
	finish(taken, true, "");
	ask = reload_asks_add(true);
	taken = reload_asks_take(&force);
	reload_asks_drop(ask);
	finish(taken, true, "");
}

#define ASKS 2000

static atomic_bool over;

static void *reload_all(void *unused)
{
	while (!atomic_load(&over)) {
		bool force;
		struct reload_ask *taken = reload_asks_take(&force);

		if (taken != NULL)
			finish(taken, !force, "thread");
		else
			sched_yield();
	}
	return unused;
}

/* For the thread sanitizer. */
static void test_threads(void **state)
{
	struct arena *arena = arena_new();
	struct reload_result result;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, reload_all, NULL), 0);
	for (int i = 0; i < ASKS; i++) {
		struct reload_ask *ask = reload_asks_add(i % 2 == 0);

		while (i % 3 != 0 && !reload_asks_done(ask, arena, &result))
			sched_yield();
		if (i % 3 != 0)
			assert_int_equal(result.reloaded, i % 2 != 0);
		reload_asks_drop(ask);
	}
	/* All that are left are done. */
	for (struct reload_ask *last = reload_asks_add(false); last != NULL;) {
		if (!reload_asks_done(last, arena, &result))
			continue;
		reload_asks_drop(last);
		last = NULL;
	}
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
