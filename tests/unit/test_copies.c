/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of dropped mail: written, read, damaged, and removed in time. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "release/copies.h"
#include "release/no_copy.h"
#include "tests/unit/scratch.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return scratch_remove(state);
}

static const char *folder(const char *name)
{
	struct error err;
	const char *path = arena_cstr(arena, str_from(scratch_path(name)));

	assert_true(copies_make_folder(path, &err));
	return path;
}

static struct copy make_copy(const char *id, const char *recipient, struct str raw)
{
	struct copy copy = {
		.scan_id = str_from(id),
		.time_us = 1732284000000123,
		.sender = STR("alice@sender.example"),
		.smtputf8 = true,
		.listener = STR("FORWARD"),
		.queue_id = STR("4F"),
		.score = -95940,
		.raw = raw,
	};
	struct copy_recipient *first = vec_add(arena, &copy.recipients);

	first->argument = str_from(recipient);
	first->address = STR("odd, \"one\"@aol.example");
	first->original = STR("joe@hosted.example");
	first->destination = STR("joe@aol.example");
	vec_push(arena, &first->accounts, STR("joe@hosted.example"));
	vec_push(arena, &first->accounts, STR("@hosted.example"));
	vec_add(arena, &copy.recipients)->argument = STR("b@gmail.example");
	return copy;
}

static void write_it(const char *path, const struct copy *copy)
{
	struct error err;
	int64_t size = 0;

	if (!copies_write(path, copy, &size, &err))
		fail_msg("%s", err.text);
	assert_true(size > 0);
}

static struct copies_list find(const char *path, const char *id)
{
	struct copies_list copies;
	struct error err;

	if (!copies_find(arena, path, str_from(id), &copies, &err))
		fail_msg("%s", err.text);
	return copies;
}

static void assert_same(const struct copy *a, const struct copy *b)
{
	assert_true(str_eq(a->scan_id, b->scan_id) && str_eq(a->sender, b->sender));
	assert_true(str_eq(a->listener, b->listener) && str_eq(a->queue_id, b->queue_id));
	assert_true(a->time_us == b->time_us && a->smtputf8 == b->smtputf8 && a->score == b->score);
	assert_true(str_eq(a->raw, b->raw));
	assert_int_equal(a->recipients.len, b->recipients.len);
	for (size_t i = 0; i < a->recipients.len; i++) {
		const struct copy_recipient *x = &a->recipients.items[i];
		const struct copy_recipient *y = &b->recipients.items[i];

		assert_true(str_eq(x->argument, y->argument) && str_eq(x->address, y->address));
		assert_true(str_eq(x->original, y->original));
		assert_true(str_eq(x->destination, y->destination));
		assert_int_equal(x->accounts.len, y->accounts.len);
		for (size_t k = 0; k < x->accounts.len; k++)
			assert_true(str_eq(x->accounts.items[k], y->accounts.items[k]));
	}
}

/* Bytes that packing can't make small, all values among them. */
static struct str noise(size_t size)
{
	struct strbuf buf;
	uint32_t state = 1;

	strbuf_init(&buf, arena);
	while (buf.len < size) {
		state = state * 1664525 + 1013904223;
		strbuf_add_char(&buf, (char)(state >> 24));
	}
	return strbuf_str(&buf);
}

static void test_a_copy_is_what_was_written(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 3000000 };
	const char *path = folder("same");

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char id[] = { 'a', 'b', (char)('0' + i), '\0' };
		struct copy copy = make_copy(id, "joe@aol.example", noise(sizes[i]));
		struct copies_list found;

		write_it(path, &copy);
		found = find(path, id);
		assert_int_equal(found.len, 1);
		assert_same(&found.items[0], &copy);
	}
	assert_int_equal(find(path, "ab").len, 0);
	assert_int_equal(find(path, "").len, 0);
	assert_int_equal(find(path, "../ab1").len, 0);
}

static void test_one_file_for_each_hop(void **state)
{
	const char *path = folder("hops");
	struct copy one = make_copy("id1", "a@aol.example", STR("one\n"));
	struct copy two = make_copy("id1", "b@aol.example", STR("two\n"));

	(void)state;
	write_it(path, &one);
	write_it(path, &two);
	write_it(path, &one); /* offered again */
	assert_int_equal(find(path, "id1").len, 2);
	copies_remove(path, &one);
	assert_int_equal(find(path, "id1").len, 1);
	assert_true(str_eq(find(path, "id1").items[0].raw, STR("two\n")));
}

static void test_nobody_else_may_look(void **state)
{
	const char *path = folder("mode");
	struct copy copy = make_copy("id1", "a@aol.example", STR("one\n"));
	struct stat st;
	struct error err;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	write_it(path, &copy);
	assert_int_equal(chmod(path, 0750), 0);
	assert_false(copies_make_folder(path, &err));
	assert_non_null(strstr(err.text, "chmod 700"));
	copy.scan_id = STR("../x");
	assert_false(copies_write(path, &copy, &(int64_t){ 0 }, &err));
}

/* Any byte that is another one, and any end that is missing, is seen or does no harm. */
static void test_damage_is_seen(void **state)
{
	struct copy copy = make_copy("id1", "a@aol.example", noise(300)), back;
	const char *path = scratch_path("damaged");
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	static char bytes[4096];
	struct error err;
	size_t len;

	(void)state;
	assert_true(fd >= 0 && copy_write(fd, &copy, &err));
	len = (size_t)pread(fd, bytes, sizeof(bytes), 0);
	close(fd);
	assert_true(copy_read(arena, (struct str){ bytes, len }, 300, &back, &err));
	assert_false(copy_read(arena, (struct str){ bytes, len }, 299, &back, &err));
	for (size_t i = 0; i < len; i++) {
		assert_false(copy_read(arena, (struct str){ bytes, i }, 300, &back, &err));
		bytes[i] ^= 0x20;
		if (copy_read(arena, (struct str){ bytes, len }, 300, &back, &err))
			assert_true(str_eq(back.raw, copy.raw));
		bytes[i] ^= 0x20;
	}
	assert_false(copy_read(arena, STR("assay-copy 1\nI0:,Z0:,"), 300, &back, &err));
	assert_false(copy_read(arena, STR("assay-copy 2\n"), 300, &back, &err));
}

static void set_age(const char *path, const char *name, int64_t seconds)
{
	struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
	char command[600];

	snprintf(command, sizeof(command), "%s/%s", path, name);
	assert_int_equal(utimensat(AT_FDCWD, command, times, 0), 0);
}

static void put_file(const char *path, const char *name, size_t size, int64_t seconds)
{
	char file[600];
	FILE *out;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	out = fopen(file, "w");
	assert_non_null(out);
	for (size_t i = 0; i < size; i++)
		putc('x', out);
	assert_int_equal(fclose(out), 0);
	set_age(path, name, seconds);
}

static bool is_there(const char *path, const char *name)
{
	char file[600];

	snprintf(file, sizeof(file), "%s/%s", path, name);
	return access(file, F_OK) == 0;
}

static void test_the_oldest_go_first(void **state)
{
	const char *path = folder("sweep");
	int64_t used, now = time(NULL);
	struct error err;

	(void)state;
	put_file(path, "old-1", 100, now - 5000);
	put_file(path, "b-1", 100000, now - 300);
	put_file(path, "a-1", 100000, now - 200);
	put_file(path, "c-1", 100000, now - 100);
	put_file(path, ".d-1", 100, now - 50);
	put_file(path, ".e-1", 100, now - 7200);
	assert_true(copies_sweep(path, now - 4000, 1 << 30, &used, &err));
	assert_true(used >= 300100 && used < 400000);
	assert_true(!is_there(path, "old-1") && is_there(path, "b-1"));
	assert_true(is_there(path, ".d-1") && !is_there(path, ".e-1"));
	assert_true(copies_sweep(path, now - 4000, 250000, &used, &err));
	assert_true(used <= 250000);
	assert_true(!is_there(path, "b-1") && is_there(path, "a-1") && is_there(path, "c-1"));
	assert_true(copies_sweep(path, now - 4000, 0, &used, &err));
	assert_true(!is_there(path, "c-1") && is_there(path, ".d-1"));
	assert_false(copies_sweep(scratch_path("nowhere"), now, 0, &used, &err));
}

static void test_reasons_for_no_copy(void **state)
{
	static const struct {
		enum record_kind kind;
		int64_t size;
		const char *says; /* NULL: nothing */
	} cases[] = {
		{ RECORD_DISCARDED, 1001, "larger than max_message_size" },
		{ RECORD_DISCARDED, 1000, NULL },
		{ RECORD_DISCARDED_INFECTED, 10, "malware" },
		{ RECORD_DISCARDED_INFECTED, 2000, "malware" },
		{ RECORD_DELIVERED, 2000, "not dropped" },
		{ RECORD_OBSERVED, 2000, "not dropped" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record record = { .kind = cases[i].kind, .size = cases[i].size };
		const char *says = no_copy_reason(&record, 1000);

		if (cases[i].says == NULL)
			assert_null(says);
		else
			assert_non_null(strstr(says, cases[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons_for_no_copy),
		cmocka_unit_test(test_a_copy_is_what_was_written),
		cmocka_unit_test(test_one_file_for_each_hop),
		cmocka_unit_test(test_nobody_else_may_look),
		cmocka_unit_test(test_damage_is_seen),
		cmocka_unit_test(test_the_oldest_go_first),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
