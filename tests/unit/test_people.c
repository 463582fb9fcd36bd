/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who knows whom, in both stores; Redis where a server is installed. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/people.h"
#include "store/people_keeper.h"
#include "store/store.h"
#include "tests/unit/scratch.h"

#define SERVER "/usr/bin/redis-server"

static pid_t server;
static struct arena *arena;

static const char *redis_uri(void)
{
	static char text[300];

	snprintf(text, sizeof(text), "redis+unix://%s", scratch_path("redis"));
	return text;
}

static const char *sqlite_uri(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "sqlite:%s", scratch_path(name));
	return text;
}

static void start_server(void)
{
	const char *path = scratch_path("redis");

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
	(void)state;
	arena = arena_new();
	start_server();
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

static struct people_store *open_or_fail(const char *uri, enum people_access access)
{
	struct error err;
	struct people_store *store = people_open(uri, access, &err);

	if (store == NULL)
		fail_msg("%s", err.text);
	return store;
}

static struct people_entry entry(const char *scope, const char *pattern, enum people_list list)
{
	return (struct people_entry){ .scope = str_from(scope),
		                      .pattern = str_from(pattern),
		                      .list = list };
}

static bool enter(struct people_store *store, const char *scope, const char *pattern,
                  enum people_list list)
{
	struct people_entry new = entry(scope, pattern, list);
	struct error err;
	bool changed;

	if (!people_enter(store, &new, &changed, &err))
		fail_msg("%s", err.text);
	return changed;
}

static struct people_answer ask(struct people_store *store, const struct people_question *question)
{
	struct people_answer answer;
	struct error err;

	if (!people_read(store, arena, question, deadline_in_ms(10000), &answer, &err))
		fail_msg("%s", err.text);
	return answer;
}

/* Each test for each store. */
static void in_both(void (*test)(const char *uri), const char *name)
{
	test(sqlite_uri(name));
	if (server > 0)
		test(redis_uri());
}

static void check_lists(const char *uri)
{
	struct people_store *store = open_or_fail(uri, PEOPLE_EDIT), *reader;
	struct people_entry gone = entry("joe@example.com", "a@example.net", PEOPLE_BLOCKED);
	struct people_question question = { 0 };
	struct people_entry_list entries;
	struct people_answer answer;
	struct error err;
	bool changed;

	assert_true(enter(store, "joe@example.com", "a@example.net", PEOPLE_WELCOMED));
	assert_false(enter(store, "joe@example.com", "a@example.net", PEOPLE_WELCOMED));
	assert_true(enter(store, "example.com", "*@example.net", PEOPLE_BLOCKED));
	assert_true(enter(store, "", "*@*.example.org", PEOPLE_BLOCKED));
	assert_true(enter(store, "", "other@example.org", PEOPLE_BLOCKED));
	/* It is in that list no more; where it isn't, there is nothing to take out. */
	assert_true(people_remove(store, &gone, &changed, &err));
	assert_false(changed);
	assert_true(enter(store, "joe@example.com", "a@example.net", PEOPLE_BLOCKED));
	assert_true(enter(store, "joe@example.com", "a@example.net", PEOPLE_WELCOMED));
	people_close(store);

	reader = open_or_fail(uri, PEOPLE_PEEK);
	vec_push(arena, &question.scopes, STR(""));
	vec_push(arena, &question.scopes, STR("example.com"));
	vec_push(arena, &question.scopes, STR("joe@example.com"));
	vec_push(arena, &question.scopes, STR("bill@example.com"));
	vec_push(arena, &question.patterns, STR("a@example.net"));
	vec_push(arena, &question.patterns, STR("*@example.net"));
	vec_push(arena, &question.patterns, STR("b@example.net"));
	vec_push(arena, &question.patterns, STR("*@one.example"));
	vec_push(arena, &question.patterns, STR("*@two.example"));
	answer = ask(reader, &question);
	assert_int_equal(answer.entries.len, 3);
	assert_str(answer.entries.items[0].pattern, "*@*.example.org");
	assert_str(answer.entries.items[1].pattern, "*@example.net");
	assert_int_equal(answer.entries.items[1].list, PEOPLE_BLOCKED);
	assert_str(answer.entries.items[2].scope, "joe@example.com");
	assert_int_equal(answer.entries.items[2].list, PEOPLE_WELCOMED);

	assert_true(people_show(reader, arena, PEOPLE_BLOCKED, NULL, &entries, &err));
	assert_int_equal(entries.len, 3);
	assert_str(entries.items[0].pattern, "*@*.example.org");
	assert_str(entries.items[2].scope, "example.com");
	assert_true(people_show(reader, arena, PEOPLE_WELCOMED, &question.scopes.items[1], &entries,
	                        &err));
	assert_int_equal(entries.len, 0);
	people_close(reader);

	store = open_or_fail(uri, PEOPLE_EDIT);
	gone.list = PEOPLE_WELCOMED;
	assert_true(people_remove(store, &gone, &changed, &err));
	assert_true(changed);
	assert_int_equal(ask(store, &question).entries.len, 2);
	people_close(store);
}

static void test_lists(void **state)
{
	(void)state;
	in_both(check_lists, "lists");
}

/* A pattern with * is tried on every message: there can't be any number of them. */
static void check_many_globs(const char *uri)
{
	struct people_store *store = open_or_fail(uri, PEOPLE_EDIT);
	struct people_entry new = entry("many.example", "", PEOPLE_BLOCKED);
	struct error err = { "" };
	bool changed = true;
	int count = 0;

	while (count < 2000) {
		new.pattern = arena_printf(arena, "*@*.d%d.example", count);
		if (!people_enter(store, &new, &changed, &err))
			break;
		count++;
	}
	assert_int_equal(count, 1000);
	assert_non_null(strstr(err.text, "remove some"));
	new.pattern = STR("exact@example.org");
	assert_true(people_enter(store, &new, &changed, &err));
	people_close(store);
}

static void test_many_globs(void **state)
{
	(void)state;
	in_both(check_many_globs, "globs");
}

static struct people_lesson lesson(enum people_lesson_kind kind, const char *scope,
                                   const char *name, int64_t time_s)
{
	return (struct people_lesson){ .kind = kind,
		                       .scope = str_from(scope),
		                       .name = str_from(name),
		                       .time_s = time_s,
		                       .window = 50 };
}

static void teach(struct people_store *store, const struct people_lesson *lessons, size_t count)
{
	struct error err;

	if (!people_teach(store, lessons, count, &err))
		fail_msg("%s", err.text);
}

static void check_learning(const char *uri)
{
	int64_t now = (int64_t)time(NULL);
	struct people_lesson lessons[] = {
		lesson(PEOPLE_WROTE_TO, "example.com", "friend@example.net", now - 100),
		lesson(PEOPLE_WROTE_TO, "example.com", "friend@example.net", now),
		lesson(PEOPLE_WROTE_TO, "joe@example.com", "friend@example.net", now - 50),
		/* What comes late doesn't make it older. */
		lesson(PEOPLE_WROTE_TO, "example.com", "friend@example.net", now - 1000),
		lesson(PEOPLE_SENT, "example.com", "id@here example.net", now),
		lesson(PEOPLE_SCORED, "", "dkim example.net", now),
		lesson(PEOPLE_SCORED, "", "dkim example.net", now),
		lesson(PEOPLE_SCORED, "", "dkim example.net", now),
		lesson(PEOPLE_SCORED, "example.com", "dkim example.net", now),
	};
	struct people_question question = { .author = STR("friend@example.net") };
	struct people_store *store;
	struct people_answer answer;

	lessons[5].score = 3000;
	lessons[6].score = -1001;
	lessons[7].score = 2000;
	lessons[8].score = 9000;
	people_close(open_or_fail(uri, PEOPLE_EDIT));
	store = open_or_fail(uri, PEOPLE_WRITE);
	teach(store, lessons, sizeof(lessons) / sizeof(lessons[0]));
	vec_push(arena, &question.threads, STR("id@here example.net"));
	vec_push(arena, &question.threads, STR("id@here example.org"));
	vec_push(arena, &question.identities, STR("dkim example.net"));
	vec_push(arena, &question.identities, STR("dkim example.org"));
	answer = ask(store, &question);
	assert_int_equal(answer.contacts.len, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct people_contact *contact = &answer.contacts.items[i];
		bool domain = str_eq(contact->scope, STR("example.com"));

		assert_int_equal(contact->count, domain ? 3 : 1);
		assert_int_equal(contact->last_s, domain ? now : now - 50);
	}
	assert_int_equal(answer.threads.len, 1);
	assert_str(answer.threads.items[0], "example.com");
	assert_int_equal(answer.histories.len, 1);
	/* 3000, then -4001/2, then (2000 - 1000)/3: the same on every host, so no fractions. */
	assert_int_equal(answer.histories.items[0].mean, 1333);
	assert_int_equal(answer.histories.items[0].count, 3);
	assert_int_equal(answer.histories.items[0].last_s, now);
	question.author = STR("stranger@example.net");
	assert_int_equal(ask(store, &question).contacts.len, 0);
	people_close(store);
}

static void test_learning(void **state)
{
	(void)state;
	in_both(check_learning, "learning");
}

static void test_what_is_old_is_forgotten(void **state)
{
	const char *uri = sqlite_uri("old");
	int64_t now = (int64_t)time(NULL);
	struct people_lesson lessons[] = {
		lesson(PEOPLE_WROTE_TO, "a.example", "x@example.net", now - 1000),
		lesson(PEOPLE_WROTE_TO, "b.example", "x@example.net", now - 10),
		/* It came once, and that is long ago. */
		lesson(PEOPLE_SCORED, "", "dkim example.net", now - 40 * 86400),
	};
	struct people_question question = { .author = STR("x@example.net") };
	struct people_store *store;
	struct people_answer answer;
	struct error err;
	bool more;

	(void)state;
	people_close(open_or_fail(uri, PEOPLE_EDIT));
	store = open_or_fail(uri, PEOPLE_WRITE);
	teach(store, lessons, 3);
	vec_push(arena, &question.identities, STR("dkim example.net"));
	assert_int_equal(ask(store, &question).histories.len, 1);
	assert_true(people_expire(store, now - 86400 * 365, &more, &err));
	assert_false(more);
	answer = ask(store, &question);
	assert_int_equal(answer.contacts.len, 2);
	assert_int_equal(answer.histories.len, 0);
	assert_true(people_expire(store, now - 500, &more, &err));
	answer = ask(store, &question);
	assert_int_equal(answer.contacts.len, 1);
	assert_str(answer.contacts.items[0].scope, "b.example");
	people_close(store);
}

static void execute(const char *uri, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(uri + strlen("sqlite:"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The file of an older version gets the tables, whoever comes first. */
static void test_older_file(void **state)
{
	static const char *const newer_columns[] = {
		"subject", "authentication", "threshold_origin", "signature", "matched",
		"exempt",  "doubt",          "reported_as",
	};
	const char *uri = sqlite_uri("older");
	struct people_store *store;
	struct error err;

	(void)state;
	store_close(store_open(uri, &err));
	execute(uri, "DROP TABLE people_lists; DROP TABLE people_contacts; DROP TABLE"
	             " people_threads; DROP TABLE people_senders;"
	             "DROP INDEX records_sender; DROP INDEX records_infected;"
	             "DROP TABLE hours;"
	             "DROP TRIGGER records_removed; DROP TRIGGER records_changed;");
	for (size_t i = 0; i < sizeof(newer_columns) / sizeof(*newer_columns); i++)
		execute(uri,
		        arena_printf(arena, "ALTER TABLE records DROP COLUMN %s", newer_columns[i])
		                .data);
	execute(uri, "PRAGMA user_version = 4");
	assert_null(people_open(uri, PEOPLE_PEEK, &err));
	assert_non_null(strstr(err.text, "older version"));
	assert_null(people_open(uri, PEOPLE_WRITE, &err));
	store = open_or_fail(uri, PEOPLE_EDIT);
	assert_true(enter(store, "", "a@example.net", PEOPLE_BLOCKED));
	people_close(store);
	people_close(open_or_fail(uri, PEOPLE_PEEK));
}

/* Through the daemon's view: what is taught is read a moment later, and what is away is not. */
static void check_keeper(const char *uri)
{
	struct people_lesson lessons[] = { lesson(PEOPLE_WROTE_TO, "k.example", "x@example.net",
		                                  (int64_t)time(NULL)) };
	struct people_question question = { .author = STR("x@example.net") };
	struct people_answer answer = { 0 };
	const struct people_reader *reader;
	struct people_keeper *keeper;
	struct error err;

	people_close(open_or_fail(uri, PEOPLE_EDIT));
	keeper = people_keeper_start(uri, true, &err);
	assert_non_null(keeper);
	people_keeper_keep(keeper, INT64_C(86400000));
	reader = people_keeper_reader(keeper);
	people_keeper_teach(keeper, lessons, 1);
	people_keeper_teach(keeper, lessons, 1);
	for (int i = 0; i < 400 && answer.contacts.len == 0; i++) {
		usleep(50000);
		answer = (struct people_answer){ 0 };
		assert_true(reader->read(reader, arena, &question, deadline_in_ms(60000), &answer));
	}
	assert_int_equal(answer.contacts.len, 1);
	assert_int_equal(answer.contacts.items[0].count, 2);
	/* What is queued at the end is written, too. */
	people_keeper_teach(keeper, lessons, 1);
	people_keeper_stop(keeper);
	keeper = people_keeper_start(uri, false, &err);
	reader = people_keeper_reader(keeper);
	answer = (struct people_answer){ 0 };
	assert_true(reader->read(reader, arena, &question, deadline_in_ms(60000), &answer));
	assert_int_equal(answer.contacts.items[0].count, 3);
	people_keeper_stop(keeper);
}

static void test_keeper(void **state)
{
	(void)state;
	in_both(check_keeper, "keeper");
}

static void test_away(void **state)
{
	const char *uri = sqlite_uri("away/none.db");
	struct people_question question = { .author = STR("x@example.net") };
	const struct people_reader *reader;
	struct people_keeper *keeper;
	struct people_answer answer;
	struct error err;
	int64_t began;

	(void)state;
	assert_false(people_exist(uri));
	assert_null(people_keeper_start("nothing:x", false, &err));
	keeper = people_keeper_start(uri, false, &err);
	reader = people_keeper_reader(keeper);
	assert_false(reader->read(reader, arena, &question, deadline_in_ms(1000), &answer));
	/* It is left alone for a while. */
	began = clock_monotonic_us();
	for (int i = 0; i < 1000; i++)
		assert_false(reader->read(reader, arena, &question, deadline_in_ms(1000), &answer));
	assert_true(clock_monotonic_us() - began < 5000000);
	people_keeper_stop(keeper);
}

static void test_deadline(void **state)
{
	const char *uri = sqlite_uri("deadline");
	struct people_question question = { 0 };
	struct people_answer answer;
	struct people_store *store = open_or_fail(uri, PEOPLE_EDIT);
	struct error err;

	(void)state;
	people_close(store);
	execute(uri, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <"
	             " 20000) INSERT INTO people_lists SELECT '', 1, '*@*.d' || i, 1, 0 FROM n");
	store = open_or_fail(uri, PEOPLE_PEEK);
	vec_push(arena, &question.scopes, STR(""));
	assert_int_equal(ask(store, &question).entries.len, 20000);
	assert_false(people_read(store, arena, &question, deadline_in_ms(-1000), &answer, &err));
	assert_non_null(strstr(err.text, "no answer in time"));
	/* The connection is of use again. */
	assert_int_equal(ask(store, &question).entries.len, 20000);
	people_close(store);
}

static void test_patterns(void **state)
{
	static const char *const good[][2] = {
		{ "Joe@Example.COM", "joe@example.com" },
		{ "example.net", "*@example.net" },
		{ "@example.net", "*@example.net" },
		{ "<a@example.net>", "a@example.net" },
		{ "*@*.example.net", "*@*.example.net" },
		{ "news-??@example.net", "news-??@example.net" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "*@xn--bcher-kva.example" },
	};
	static const char *const bad[] = { "",
		                           "*",
		                           "*@*",
		                           "*@*.*",
		                           "?@*",
		                           "a b@example.net",
		                           "a@",
		                           "a@example.net,b@example.net",
		                           "a\nb@example.net" };
	struct str out;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(people_pattern(arena, str_from(good[i][0]), &out, &err));
		assert_str(out, good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(people_pattern(arena, str_from(bad[i]), &out, &err));
	assert_true(people_is_glob(STR("*@*.example.net")));
	assert_true(people_is_glob(STR("a*@example.net")));
	assert_false(people_is_glob(STR("*@example.net")));
	assert_true(people_scope(arena, STR("Joe@Example.COM"), &out, &err));
	assert_str(out, "joe@example.com");
	assert_true(people_scope(arena, STR("@Example.COM"), &out, &err));
	assert_str(out, "example.com");
	assert_false(people_scope(arena, STR("*@example.com"), &out, &err));
	assert_false(people_scope(arena, STR(""), &out, &err));
	assert_false(people_scope(arena, STR("joe@"), &out, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_many_globs),
		cmocka_unit_test(test_learning),
		cmocka_unit_test(test_what_is_old_is_forgotten),
		cmocka_unit_test(test_older_file),
		cmocka_unit_test(test_keeper),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
