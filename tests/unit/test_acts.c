/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people did about messages, in both stores; Redis where a server is installed. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/acts.h"
#include "store/store.h"
#include "tests/unit/scratch.h"

#define SERVER "/usr/bin/redis-server"
#define NOW    INT64_C(1732284000000000)

static pid_t server;
static struct arena *arena;
static char uris[2][300];

static void start_server(void)
{
	const char *path = scratch_path("redis");

	snprintf(uris[1], sizeof(uris[1]), "redis+unix://%s", path);
	if (access(SERVER, X_OK) != 0)
		return;
	server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(1);
		execl(SERVER, SERVER, "--port", "0", "--unixsocket", path, "--save", "", "--dir",
		      scratch_dir, NULL);
		_exit(1);
	}
	for (int i = 0; i < 200 && access(path, F_OK) != 0; i++)
		usleep(50000);
}

static int set_up(void **state)
{
	struct store *store;
	struct error err;

	(void)state;
	arena = arena_new();
	start_server();
	snprintf(uris[0], sizeof(uris[0]), "sqlite:%s", scratch_path("records"));
	store = store_open(uris[0], &err);
	assert_non_null(store);
	store_close(store);
	return 0;
}

static int tear_down(void **state)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	arena_free(arena);
	return scratch_remove(state);
}

static size_t store_count(void)
{
	return server > 0 ? 2 : 1;
}

static struct acts_store *open_or_fail(size_t number)
{
	struct error err;
	struct acts_store *store = acts_open(uris[number], &err);

	if (store == NULL)
		fail_msg("%s", err.text);
	return store;
}

static struct act act_of(const char *id, const char *recipient, const char *by)
{
	return (struct act){ .scan_id = str_from(id),
		             .recipient = str_from(recipient),
		             .verb = STR("release"),
		             .by = str_from(by),
		             .begun_us = NOW };
}

static enum act_beginning begin(struct acts_store *store, const struct act *act, bool again,
                                struct act *before_r)
{
	struct error err = { "" };
	enum act_beginning result = acts_begin(store, arena, act, again, before_r, &err);

	if (result == ACT_FAILED)
		fail_msg("%s", err.text);
	return result;
}

static void test_each_is_begun_once(void **state)
{
	struct act first = act_of("id1", "Joe@aol.example", "joe and co"), before;
	struct act second = act_of("id1", "joe@AOL.example", "jim");
	struct act other = act_of("id1", "b@aol.example", "jim");
	struct act_list acts;
	struct error err;

	(void)state;
	for (size_t i = 0; i < store_count(); i++) {
		struct acts_store *store = open_or_fail(i), *same = open_or_fail(i);

		assert_int_equal(begin(store, &first, false, &before), ACT_BEGUN);
		assert_int_equal(begin(same, &second, false, &before), ACT_WAS_BEGUN);
		assert_true(str_eq(before.by, STR("joe and co")) && before.begun_us == NOW);
		assert_int_equal(before.done_us, 0);
		first.done_us = NOW + 5;
		assert_true(acts_finish(store, &first, &err));
		assert_int_equal(begin(same, &second, false, &before), ACT_WAS_BEGUN);
		assert_int_equal(before.done_us, NOW + 5);
		assert_int_equal(begin(same, &other, false, &before), ACT_BEGUN);
		assert_true(acts_read(store, arena, STR("id1"), &acts, &err));
		assert_int_equal(acts.len, 2);
		assert_true(acts_read(store, arena, STR("id2"), &acts, &err));
		assert_int_equal(acts.len, 0);
		acts_close(store);
		acts_close(same);
		first.done_us = 0;
	}
}

static void test_what_was_not_done_is_as_before(void **state)
{
	struct act first = act_of("id3", "joe@aol.example", "joe"), before;
	struct act again = act_of("id3", "joe@aol.example", "jim");
	struct error err;

	(void)state;
	for (size_t i = 0; i < store_count(); i++) {
		struct acts_store *store = open_or_fail(i);

		assert_int_equal(begin(store, &first, false, &before), ACT_BEGUN);
		assert_true(acts_take_back(store, &first, &before, &err));
		assert_int_equal(begin(store, &first, false, &before), ACT_BEGUN);
		first.done_us = NOW + 7;
		assert_true(acts_finish(store, &first, &err));
		assert_int_equal(begin(store, &again, true, &before), ACT_BEGUN);
		assert_true(str_eq(before.by, STR("joe")));
		assert_true(acts_take_back(store, &again, &before, &err));
		assert_int_equal(begin(store, &again, false, &before), ACT_WAS_BEGUN);
		assert_true(str_eq(before.by, STR("joe")) && before.done_us == NOW + 7);
		acts_close(store);
		first.done_us = 0;
	}
}

static void test_a_store_that_is_away_is_said(void **state)
{
	struct error err;

	(void)state;
	assert_null(acts_open("sqlite:/nonexistent/records", &err));
	assert_null(acts_open("redis+unix:///nonexistent/redis", &err));
	assert_null(acts_open("ldap:x", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_begun_once),
		cmocka_unit_test(test_what_was_not_done_is_as_before),
		cmocka_unit_test(test_a_store_that_is_away_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
