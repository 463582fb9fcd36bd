/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/multipart.h"

#define TYPE "multipart/form-data; boundary=b"
#define PART(name, content)                                                                        \
	"--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" content "\r\n"

struct parsed {
	struct arena *arena;
	struct form form;
	struct str file;
	bool taken;
};

static struct parsed parse(const char *type, const char *body)
{
	struct parsed parsed = { .arena = arena_new() };

	parsed.taken = multipart_parse(parsed.arena, str_from(type), str_from(body), &parsed.form,
	                               &parsed.file);
	return parsed;
}

static void check_file(const char *type, const char *body, const char *file)
{
	struct parsed parsed = parse(type, body);

	assert_true(parsed.taken);
	assert_int_equal(parsed.file.len, strlen(file));
	assert_memory_equal(parsed.file.data, file, strlen(file));
	arena_free(parsed.arena);
}

static void test_fields(void **state)
{
	struct parsed parsed = parse(TYPE, PART("link", " AB\r\nC\t") PART("x", "")
	                                           PART("link", "second") "--b--\r\n");

	(void)state;
	assert_true(parsed.taken);
	assert_true(str_eq(form_get(&parsed.form, "link"), STR("AB  C")));
	assert_int_equal(form_get(&parsed.form, "x").len, 0);
	assert_int_equal(parsed.file.len, 0);
	arena_free(parsed.arena);
}

static void test_files(void **state)
{
	(void)state;
	check_file(TYPE, PART("file", "A: b\r\n\r\n--c\r\n--\r\n") "--b--\r\n",
	           "A: b\r\n\r\n--c\r\n--\r\n");
	check_file(TYPE, PART("file", "") PART("source", "A: b") "--b--\r\n", "A: b");
	check_file(TYPE, PART("file", "A: b") PART("source", "C: d") "--b--\r\n", "A: b");
	check_file(TYPE, PART("file", " \r\n") PART("source", "\n") "--b--\r\n", "");
	check_file("Multipart/Form-Data; charset=x; Boundary=\"b\"", PART("file", "A: b") "--b--",
	           "A: b");
	check_file(
		TYPE,
		"--b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; filename=\"x\"; "
		"name=file\r\n\r\nA: b\r\n--b--\r\n",
		"A: b");
}

static void check_other(const char *type, const char *body)
{
	struct parsed parsed = parse(type, body);

	assert_false(parsed.taken);
	arena_free(parsed.arena);
}

/* None of it is a file. */
static void test_nonsense(void **state)
{
	static const char *const bodies[] = {
		"",
		"--b",
		"--b--",
		"\r\n--b",
		"--b\r\n\r\n",
		"--b\r\n--b\r\n--b",
		"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nopen"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		check_file(TYPE, bodies[i], "");
	check_file("multipart/form-data", PART("file", "A: b") "--b--\r\n", "");
	check_file("multipart/form-data; boundary=\"\"", PART("file", "A: b") "--b--\r\n", "");
	check_other("application/x-www-form-urlencoded", "a=b");
	check_other("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
