/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/shown.h"
#include "base/utf8.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Every character that there is. */
static void test_characters(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		char bytes[4];
		size_t len = utf8_encode(c, bytes);

		if (len == 0)
			continue;
		if (shown_char_len((struct str){ bytes, len }) != (is_hidden(c) ? 0 : len))
			fail_msg("U+%04X", c);
	}
	assert_int_equal(shown_char_len(STR("")), 0);
	assert_int_equal(shown_char_len(STR("\x9b"
	                                    "31m")),
	                 0);
}

static void test_text(void **state)
{
	struct str plain = STR("M\xc3\xbcller <a@b.example>");

	(void)state;
	assert_ptr_equal(shown_text(arena, plain).data, plain.data);
	assert_str(shown_text(arena, plain), "M\xc3\xbcller <a@b.example>");
	assert_str(shown_text(arena, STR("")), "");
	assert_str(shown_text(arena, STR("\x1b[31ma\x7f\n\tb")), "?[31ma???b");
	assert_str(shown_text(arena, STR("\xc2\x9b"
	                                 "31mx")),
	           "?31mx");
	assert_str(shown_text(arena, STR("\xe2\x80\xaegpj.exe\xe2\x81\xa6\xd8\x9c")), "?gpj.exe??");
	assert_str(shown_text(arena, STR("\x9bx\xff")), "\xef\xbf\xbdx\xef\xbf\xbd");
	assert_str(shown_text(arena, STR("a\0b")), "a?b");
}

static void test_json(void **state)
{
	(void)state;
	assert_str(shown_json(arena, STR("{\"a\":\"\xc3\xbc\"}\n")), "{\"a\":\"\xc3\xbc\"}\n");
	assert_str(shown_json(arena, STR("{\n\"a\":\"\xc2\x9b\x7f\xe2\x80\xae\"\n}\n")),
	           "{\n\"a\":\"\\u009b\\u007f\\u202e\"\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
