/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/lessons_scope.h"
#include "tests/unit/lessons_cases.h"
#include "tests/unit/scratch.h"

static const char *uri_of(const char *name)
{
	static char uri[300];

	snprintf(uri, sizeof(uri), "sqlite:%s", scratch_path(name));
	return uri;
}

struct lessons *lessons_case_open(const char *name, const char *host)
{
	struct error error;
	struct lessons *lessons = lessons_open(uri_of(name), &error);

	if (lessons == NULL)
		fail_msg("%s", error.text);
	if (strcmp(host, "without") == 0)
		unlink(scratch_path("replay.site.model"));
	return lessons;
}

static void run_sql(const char *name, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(scratch_path(name), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

void lessons_case_damage(const char *name)
{
	run_sql(name, "UPDATE lessons SET features = substr(features, 1, 20) || x'ff' ||"
	              " substr(features, 22) WHERE position = 1");
}

/* Nothing was ever learned: there is no file, and none is made. */
void test_reader(void **state)
{
	unsigned char key[LEARN_KEY_BYTES];
	struct lessons_state scope;
	struct lessons *reader, *writer;
	struct error error;
	bool exists;

	(void)state;
	reader = lessons_open_reader(uri_of("reader"), &error);
	assert_non_null(reader);
	assert_true(lessons_key(reader, key, &exists, &error));
	assert_false(exists);
	assert_true(lessons_read_state(reader, LESSONS_SITE, &scope, &error));
	assert_int_equal(scope.count[LEARN_SPAM], 0);
	assert_int_equal(access(scratch_path("reader"), F_OK), -1);
	writer = lessons_case_open("reader", "a");
	assert_true(lessons_key(writer, key, &exists, &error));
	add_examples(writer, LESSONS_SITE, 0, 3);
	assert_true(lessons_wait(reader, 10000));
	assert_true(lessons_read_state(reader, LESSONS_SITE, &scope, &error));
	assert_int_equal(scope.count[LEARN_SPAM], 1);
	assert_true(lessons_key(reader, key, &exists, &error) && exists);
	lessons_close(reader);
	lessons_close(writer);
}

static void test_only_its_owner_reads_it(void **state)
{
	struct stat st;

	(void)state;
	lessons_close(lessons_case_open("mode", "a"));
	assert_int_equal(stat(scratch_path("mode"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void spoil(const char *path, long offset)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

/* Wherever a byte of a snapshot is another one, or its end is missing. */
static void test_damaged_snapshot(void **state)
{
	static const long offsets[] = { 0, 17, 530, 560, 600, 700, 5000, 20000 };
	struct lessons *lessons = lessons_case_open("snapshot", "a");
	const char *path = scratch_path("snapshot.site.model");
	struct arena *arena = arena_new();
	struct lessons_model model = { 0 };
	struct error error;
	struct str right;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 300);
	right = model_now(arena, lessons, LESSONS_SITE);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		model = (struct lessons_model){ 0 };
		assert_true(lessons_model_update(lessons, LESSONS_SITE, 12, &model, &error));
		model.in_snapshot = 0;
		lessons_model_keep(lessons, LESSONS_SITE, &model);
		assert_int_equal(model.in_snapshot, 300);
		model_free(model.model);
		spoil(path, offsets[i]);
		assert_true(str_eq(right, model_now(arena, lessons, LESSONS_SITE)));
	}
	assert_int_equal(truncate(path, 700), 0);
	assert_true(str_eq(right, model_now(arena, lessons, LESSONS_SITE)));
	arena_free(arena);
	lessons_close(lessons);
}

static void overwrite(struct model *model, size_t offset, uint64_t value)
{
	memcpy((char *)model_bytes(model).data + offset, &value, sizeof(value));
}

/* Whole, but of a version that learned otherwise: its numbers are not ours. */
static void test_snapshot_of_older_model(void **state)
{
	/* What a model began with before corrections were moved beyond the doubt. */
	static const uint64_t older = UINT64_C(0x3430414353534131);
	struct lessons *lessons = lessons_case_open("older", "a");
	struct arena *arena = arena_new();
	struct lessons_model model = { 0 };
	struct error error;
	struct str right;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 300);
	right = model_now(arena, lessons, LESSONS_SITE);
	assert_true(lessons_model_update(lessons, LESSONS_SITE, 12, &model, &error));
	/* With our own beginning, the file is what counts. */
	overwrite(model.model, right.len - sizeof(older), 0x12345678);
	assert_true(lessons_snapshot_write(lessons, LESSONS_SITE, &model));
	assert_false(str_eq(right, model_now(arena, lessons, LESSONS_SITE)));
	overwrite(model.model, 0, older);
	assert_true(lessons_snapshot_write(lessons, LESSONS_SITE, &model));
	assert_true(str_eq(right, model_now(arena, lessons, LESSONS_SITE)));
	model_free(model.model);
	arena_free(arena);
	lessons_close(lessons);
}

/* A backup was restored, and other messages were learned since. */
static void test_snapshot_of_other_lessons(void **state)
{
	struct lessons *lessons = lessons_case_open("restored", "a");
	struct arena *arena = arena_new();
	struct lessons_model model = { 0 };
	struct error error;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 300);
	assert_true(lessons_model_update(lessons, LESSONS_SITE, 12, &model, &error));
	lessons_model_keep(lessons, LESSONS_SITE, &model);
	model_free(model.model);
	run_sql("restored", "DELETE FROM lessons WHERE position > 200;"
	                    "UPDATE sqlite_sequence SET seq = 200 WHERE name = 'lessons'");
	add_examples(lessons, LESSONS_SITE, 1000, 1200);
	model = (struct lessons_model){ 0 };
	assert_true(lessons_model_update(lessons, LESSONS_SITE, 12, &model, &error));
	assert_int_equal(model.learned, 400);
	model_free(model.model);
	arena_free(arena);
	lessons_close(lessons);
}

static void learn_for_ever(const char *name, int answers)
{
	struct error error;
	struct lessons *lessons = lessons_open(uri_of(name), &error);
	struct lessons_model model = { 0 };
	struct arena *arena = arena_new();

	if (lessons == NULL)
		_exit(1);
	for (unsigned i = 0;; i++) {
		struct lesson_row row =
			lesson_example(arena, i, i % 3 == 0 ? LEARN_SPAM : LEARN_HAM);
		enum lesson_outcome outcome;
		bool found;

		if (!lessons_add(lessons, LESSONS_SITE, &row, 1, &outcome, &error) ||
		    (i % 11 == 0 &&
		     !lessons_forget(lessons, LESSONS_SITE, row.message, &found, &error)) ||
		    !lessons_model_update(lessons, LESSONS_SITE, 12, &model, &error))
			_exit(1);
		model.in_snapshot = 0;
		lessons_model_keep(lessons, LESSONS_SITE, &model);
		if (i % 11 != 0 && write(answers, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static void assert_learned(struct lessons *lessons, unsigned number)
{
	struct arena *arena = arena_new();

	add_lesson(lessons, LESSONS_SITE,
	           lesson_example(arena, number, number % 3 == 0 ? LEARN_SPAM : LEARN_HAM),
	           LESSON_KNOWN);
	arena_free(arena);
}

/* Killed at any time: what was acknowledged is there, and the model is that of the rows. */
static void test_killed(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 12; round++) {
		struct arena *arena = arena_new();
		struct lessons *lessons;
		unsigned number, last = 0, count = 0;
		int answers[2];
		char name[40];
		struct str model;
		pid_t child;

		snprintf(name, sizeof(name), "killed-%u", round);
		assert_int_equal(pipe(answers), 0);
		child = fork();
		if (child == 0)
			learn_for_ever(name, answers[1]);
		close(answers[1]);
		while (count < 3 + 5 * round &&
		       read(answers[0], &number, sizeof(number)) == sizeof(number)) {
			last = number;
			count++;
		}
		usleep(round * 331);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(answers[0], &number, sizeof(number)) == sizeof(number))
			last = number;
		close(answers[0]);
		assert_true(last > 0);
		lessons = lessons_case_open(name, "a");
		for (unsigned i = 1; i <= last; i++)
			if (i % 11 != 0)
				assert_learned(lessons, i);
		model = model_now(arena, lessons, LESSONS_SITE);
		snprintf(name, sizeof(name), "killed-%u.site.model", round);
		unlink(scratch_path(name));
		assert_true(str_eq(model, model_now(arena, lessons, LESSONS_SITE)));
		arena_free(arena);
		lessons_close(lessons);
	}
}

static void test_scope_names(void **state)
{
	static const char *const cases[][2] = {
		{ "Example.COM", "example.com" },
		{ "Joe+List@Example.com", "joe@example.com" },
		{ "+joe@example.com", "+joe@example.com" },
		{ "joe@b\xc3\xbc"
		  "cher.example",
		  "joe@xn--bcher-kva.example" },
		{ "@example.com", NULL },
		{ "", NULL },
		{ "a b", NULL },
		{ "joe@", NULL },
		{ "jo\ne@example.com", NULL },
		{ "../../etc/passwd", NULL },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str name;
		bool ok = lessons_scope_name(arena, str_from(cases[i][0]), STR("+"), &name);

		assert_int_equal(ok, cases[i][1] != NULL);
		if (ok)
			assert_str(name, cases[i][1]);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LESSONS_CASES,
		cmocka_unit_test(test_only_its_owner_reads_it),
		cmocka_unit_test(test_damaged_snapshot),
		cmocka_unit_test(test_snapshot_of_older_model),
		cmocka_unit_test(test_snapshot_of_other_lessons),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_scope_names),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
