/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: what was appended survives, whatever happens to the file. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/journal.h"
#include "store/record_codec.h"
#include "tests/unit/scratch.h"

#define MB (1024 * 1024)

/* How often data, and how often files as a whole, would be put on the disk: only counted. */
static size_t data_syncs, file_syncs;

int fdatasync(int fd);
int fsync(int fd);

int fdatasync(int fd)
{
	(void)fd;
	data_syncs++;
	return 0;
}

int fsync(int fd)
{
	(void)fd;
	file_syncs++;
	return 0;
}

static struct record example(const char *queue_id)
{
	return (struct record){
		.kind = RECORD_DISCARDED,
		.time_us = 1732284000123456,
		.scan_id = "scan1",
		.queue_id = queue_id,
		.sender = "spammer:12:x@client.example",
		.recipient = "Joe@example.com",
	};
}

static struct journal *open_or_fail(const char *name)
{
	struct error err;
	struct journal *journal = journal_open(scratch_path(name), MB, &err);

	if (journal == NULL)
		fail_msg("%s", err.text);
	return journal;
}

static void append_or_fail(struct journal *journal, const char *queue_id)
{
	struct record record = example(queue_id);
	struct error err;

	if (!journal_append(journal, &record, 1, &err))
		fail_msg("%s", err.text);
}

/* The queue ids, each with a space after it; fails after a record where told to. */
struct taken {
	char ids[256];
	size_t count;
	size_t fail_after;
};

static bool take(const struct record *records, size_t count, void *context, struct error *err_r)
{
	struct taken *taken = context;

	for (size_t i = 0; i < count; i++)
		if (strlen(taken->ids) < 200)
			strcat(strcat(taken->ids, records[i].queue_id), " ");
	taken->count += count;
	return taken->fail_after == 0 || taken->count < taken->fail_after ||
	       error_set(err_r, "broken off");
}

static const char *replay(struct journal *journal)
{
	static struct taken taken;
	struct error err;

	taken = (struct taken){ .count = 0 };
	if (!journal_replay(journal, take, &taken, &err))
		fail_msg("%s", err.text);
	assert_true(journal_is_empty(journal));
	return taken.ids;
}

/* What a later process finds. */
static const char *found(const char *name)
{
	struct journal *journal = open_or_fail(name);
	const char *ids = replay(journal);

	journal_close(journal);
	return ids;
}

static size_t file_size(const char *name)
{
	struct stat st;

	return stat(scratch_path(name), &st) == 0 ? (size_t)st.st_size : 0;
}

static void test_reopened(void **state)
{
	struct journal *journal = open_or_fail("reopened");
	struct error err;

	(void)state;
	assert_true(journal_is_empty(journal));
	append_or_fail(journal, "Q1");
	append_or_fail(journal, "Q2");
	assert_null(journal_open(scratch_path("reopened"), MB, &err));
	assert_non_null(strstr(err.text, "another process"));
	journal_close(journal);
	journal = open_or_fail("reopened");
	assert_false(journal_is_empty(journal));
	append_or_fail(journal, "Q3");
	journal_close(journal);
	assert_string_equal(found("reopened"), "Q1 Q2 Q3 ");
	assert_string_equal(found("reopened"), "");
	assert_int_equal(file_size("reopened.damaged"), 0);
	assert_null(journal_open("/nonexistent/journal", MB, &err));
}

/* Each append is on the disk, and so is the name of a new file. */
static void test_synced(void **state)
{
	size_t before = file_syncs;
	struct journal *journal = open_or_fail("synced");

	(void)state;
	assert_true(file_syncs > before);
	for (int i = 0; i < 3; i++) {
		before = data_syncs;
		append_or_fail(journal, "Q1");
		assert_int_equal(data_syncs, before + 1);
	}
	before = data_syncs;
	replay(journal);
	assert_true(data_syncs > before);
	journal_close(journal);
}

/* What is not taken stays, all of it, for a take that is broken off may be one that was heard. */
static void test_broken_off(void **state)
{
	struct taken taken = { .fail_after = 1001 };
	struct journal *journal = open_or_fail("broken");
	struct record records[1200];
	struct error err;

	(void)state;
	for (int i = 0; i < 1200; i++)
		records[i] = example("Q");
	assert_true(journal_append(journal, records, 1200, &err));
	assert_false(journal_replay(journal, take, &taken, &err));
	assert_string_equal(err.text, "broken off");
	assert_false(journal_is_empty(journal));
	journal_close(journal);
	journal = open_or_fail("broken");
	taken = (struct taken){ .count = 0 };
	assert_true(journal_replay(journal, take, &taken, &err));
	assert_int_equal(taken.count, 1200);
	journal_close(journal);
}

static void test_limit(void **state)
{
	struct record record = example("Q");
	struct journal *journal;
	struct error err = { "" };
	int count = 0;

	(void)state;
	journal = journal_open(scratch_path("limit"), 10000, &err);
	assert_non_null(journal);
	while (journal_append(journal, &record, 1, &err))
		assert_true(++count < 100);
	assert_non_null(strstr(err.text, "limit"));
	assert_true(file_size("limit") <= 10000 && file_size("limit") > 9700);
	replay(journal);
	assert_true(journal_append(journal, &record, 1, &err));
	journal_close(journal);
}

/* Three entries as a file has them, and where they end. */
static size_t make_three(char *text, size_t ends[3])
{
	struct journal *journal = open_or_fail("three");
	static const char *const ids[] = { "Q1", "Q2", "Q3" };
	FILE *file;

	for (size_t i = 0; i < 3; i++) {
		append_or_fail(journal, ids[i]);
		ends[i] = (size_t)journal_size(journal);
	}
	file = fopen(scratch_path("three"), "r");
	assert_int_equal(fread(text, 1, 1000, file), ends[2]);
	fclose(file);
	replay(journal);
	journal_close(journal);
	return ends[2];
}

static void put(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(scratch_path(name), "w");

	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

/* Whichever byte is wrong: its record is kept aside, and the others are read. */
static void test_each_byte_damaged(void **state)
{
	static const char *const expected[] = { "Q2 Q3 ", "Q1 Q3 ", "Q1 Q2 " };
	char text[1000];
	size_t ends[3], len = make_three(text, ends);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		size_t entry = (i >= ends[0]) + (i >= ends[1]);
		size_t entry_len = ends[entry] - (entry > 0 ? ends[entry - 1] : 0);

		text[i] ^= (char)(1 << i % 7);
		unlink(scratch_path("byte.damaged"));
		put("byte", text, len);
		assert_string_equal(found("byte"), expected[entry]);
		assert_int_equal(file_size("byte.damaged"), entry_len);
		text[i] ^= (char)(1 << i % 7);
	}
}

/* Wherever it ends: what is whole is read, the rest kept aside. */
static void test_each_end(void **state)
{
	char text[1000];
	size_t ends[3], len = make_three(text, ends);

	(void)state;
	for (size_t i = 0; i <= len; i++) {
		size_t whole = i >= ends[2] ? 3 : i >= ends[1] ? 2 : i >= ends[0];
		static const char *const expected[] = { "", "Q1 ", "Q1 Q2 ", "Q1 Q2 Q3 " };

		unlink(scratch_path("end.damaged"));
		put("end", text, i);
		assert_string_equal(found("end"), expected[whole]);
		assert_int_equal(file_size("end.damaged"), i - (whole > 0 ? ends[whole - 1] : 0));
	}
}

/* More damage than is looked at at a time, and an entry of a kind that is not known. */
static void test_large_damage(void **state)
{
	struct journal *journal = open_or_fail("large");
	size_t len = 300000, before = 0;
	char *text = malloc(len);
	struct arena *arena = arena_new();
	struct str unknown = STR("17:hello"), head;
	FILE *file;

	(void)state;
	for (size_t i = 0; i < len; i++)
		text[i] = "0123456789abcdef \n"[(i * 7919 + i / 13) % 18];
	append_or_fail(journal, "Q1");
	append_or_fail(journal, "Q2");
	journal_close(journal);
	file = fopen(scratch_path("large"), "a");
	assert_int_equal(fwrite(text, 1, len, file), len);
	head = arena_printf(arena, "%08x %016llx\n", (unsigned)unknown.len,
	                    (unsigned long long)str_hash(unknown));
	assert_int_equal(fwrite(head.data, 1, head.len, file), head.len);
	assert_int_equal(fwrite(unknown.data, 1, unknown.len, file), unknown.len);
	fclose(file);
	before = file_size("large");
	journal = open_or_fail("large");
	append_or_fail(journal, "Q3");
	journal_close(journal);
	assert_string_equal(found("large"), "Q1 Q2 Q3 ");
	assert_true(before > len);
	assert_int_equal(file_size("large.damaged"), len + head.len + unknown.len);
	arena_free(arena);
	free(text);
}

/* Damaged while it is open. */
static void test_damaged_while_open(void **state)
{
	struct journal *journal = open_or_fail("open");
	FILE *file;

	(void)state;
	append_or_fail(journal, "Q1");
	append_or_fail(journal, "Q2");
	append_or_fail(journal, "Q3");
	file = fopen(scratch_path("open"), "r+");
	fseek(file, 30, SEEK_SET);
	fputc('#', file);
	fclose(file);
	assert_string_equal(replay(journal), "Q2 Q3 ");
	assert_true(file_size("open.damaged") > 0);
	append_or_fail(journal, "Q4");
	journal_close(journal);
	assert_string_equal(found("open"), "Q4 ");
}

/* Each way to take the file away while it is open, and what is there then. */
static void test_taken_away(void **state)
{
	static const struct {
		const char *command, *expected;
	} ways[] = {
		{ "rm $F", "Q1 Q2 Q3 " },
		{ "mv $F $F.old", "Q1 Q2 Q3 " },
		{ "mv $F $F.old; cp $F.old $F", "Q1 Q1 Q2 Q3 " },
		{ ": >$F", "Q2 Q3 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct journal *journal;
		char name[16], command[600];

		snprintf(name, sizeof(name), "away%zu", i);
		journal = open_or_fail(name);
		append_or_fail(journal, "Q1");
		snprintf(command, sizeof(command), "F=%s; %s", scratch_path(name), ways[i].command);
		assert_int_equal(system(command), 0);
		append_or_fail(journal, "Q2");
		append_or_fail(journal, "Q3");
		journal_close(journal);
		assert_string_equal(found(name), ways[i].expected);
	}
}

/* Nothing is acknowledged that is in no file with a name. */
static void test_directory_taken_away(void **state)
{
	struct record record = example("Q2");
	struct journal *journal;
	struct error err;

	(void)state;
	assert_int_equal(mkdir(scratch_path("gone"), 0755), 0);
	journal = open_or_fail("gone/journal");
	append_or_fail(journal, "Q1");
	assert_int_equal(rename(scratch_path("gone"), scratch_path("gone.old")), 0);
	assert_false(journal_append(journal, &record, 1, &err));
	assert_int_equal(mkdir(scratch_path("gone"), 0755), 0);
	assert_true(journal_append(journal, &record, 1, &err));
	journal_close(journal);
	assert_string_equal(found("gone/journal"), "Q1 Q2 ");
}

static void test_forget(void **state)
{
	struct journal *journal = open_or_fail("forget");
	struct record record = example("Q1");
	struct error err;

	(void)state;
	append_or_fail(journal, "OLD");
	record.time_us += 10;
	assert_true(journal_append(journal, &record, 1, &err));
	append_or_fail(journal, "OLD2");
	assert_true(journal_forget(journal, record.time_us, &err));
	/* The new file is in use as the old one was. */
	assert_null(journal_open(scratch_path("forget"), MB, &err));
	record.queue_id = "Q2";
	assert_true(journal_append(journal, &record, 1, &err));
	journal_close(journal);
	assert_string_equal(found("forget"), "Q1 Q2 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reopened),
		cmocka_unit_test(test_synced),
		cmocka_unit_test(test_broken_off),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_each_byte_damaged),
		cmocka_unit_test(test_each_end),
		cmocka_unit_test(test_large_damage),
		cmocka_unit_test(test_damaged_while_open),
		cmocka_unit_test(test_taken_away),
		cmocka_unit_test(test_directory_taken_away),
		cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, scratch_remove);
}
