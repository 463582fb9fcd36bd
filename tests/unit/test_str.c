/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "tests/unit/unit.h"

static void test_compare(void **state)
{
	(void)state;
	assert_true(str_eq_ci(STR("Subject"), STR("sUBJECT")));
	assert_false(str_eq(STR("Subject"), STR("subject")));
	assert_false(str_eq_ci(STR("Subject"), STR("Subjec")));
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("b"), STR("ab")) > 0);
	assert_true(str_starts_ci(STR("Re: x"), STR("RE:")));
	assert_false(str_starts_ci(STR("R"), STR("RE:")));
	assert_true(str_ends_ci(STR("x.COM"), STR(".com")));
	assert_false(str_ends_ci(STR("com"), STR(".com")));
}

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR("a\0bc"), STR("bc")), 2);
	assert_int_equal(str_find(STR("abc"), STR("x")), -1);
	assert_int_equal(str_find(STR("abc"), STR("")), 0);
	assert_int_equal(str_find_ci(STR("aBC"), STR("bc")), 1);
	assert_int_equal(str_find_ci(STR("b"), STR("bc")), -1);
	assert_int_equal(str_find_char(STR("abca"), 'a'), 0);
	assert_int_equal(str_rfind_char(STR("abca"), 'a'), 3);
	assert_int_equal(str_rfind_char(STR(""), 'a'), -1);
}

/* Writes number `i` in the four characters. */
static struct str spell(char *out, size_t len, unsigned i)
{
	for (size_t k = 0; k < len; k++, i /= 4)
		out[k] = "aAb "[i % 4];
	return (struct str){ out, len };
}

/* Every text of five characters, and of more than a line with it at its end. */
static void test_find_all(void **state)
{
	char text_of[5], needle_of[2], long_of[1000];

	(void)state;
	memset(long_of, 'x', sizeof(long_of));
	for (unsigned i = 0; i < 1024 * 16; i++) {
		struct str text = spell(text_of, 5, i), needle = spell(needle_of, 2, i / 1024);
		ptrdiff_t exact = -1, any_case = -1;

		for (ptrdiff_t at = 3; at >= 0; at--) {
			exact = memcmp(text.data + at, needle.data, 2) == 0 ? at : exact;
			any_case = strncasecmp(text.data + at, needle.data, 2) == 0 ? at : any_case;
		}
		memcpy(long_of + 995, text.data, 5);
		assert_int_equal(str_find(text, needle), exact);
		assert_int_equal(str_find_ci(text, needle), any_case);
		assert_int_equal(str_find((struct str){ long_of, 1000 }, needle),
		                 exact < 0 ? -1 : exact + 995);
	}
}

static void test_slices(void **state)
{
	struct str none = { NULL, 0 };

	(void)state;
	assert_str(str_from_offset(STR("abc"), 1), "bc");
	assert_str(str_from_offset(STR("abc"), 9), "");
	assert_str(str_prefix(STR("abc"), 2), "ab");
	assert_str(str_prefix(STR("abc"), 9), "abc");
	assert_int_equal(str_prefix(str_from_offset(none, 0), 0).len, 0);
	assert_int_equal(str_from_offset(none, 3).len, 0);
}

static void test_pieces(void **state)
{
	struct str rest = STR("a,,b,"), piece;

	(void)state;
	assert_true(str_next_piece(&rest, ',', &piece));
	assert_str(piece, "a");
	assert_true(str_next_piece(&rest, ',', &piece));
	assert_str(piece, "");
	assert_true(str_next_piece(&rest, ',', &piece));
	assert_str(piece, "b");
	assert_true(str_next_piece(&rest, ',', &piece));
	assert_str(piece, "");
	assert_false(str_next_piece(&rest, ',', &piece));
}

static void test_words_and_lines(void **state)
{
	struct str rest = STR("  one\ttwo \n"), piece;

	(void)state;
	assert_true(str_next_word(&rest, &piece));
	assert_str(piece, "one");
	assert_true(str_next_word(&rest, &piece));
	assert_str(piece, "two");
	assert_false(str_next_word(&rest, &piece));
	assert_true(str_has_word(STR(" a bc\td"), STR("bc")));
	assert_false(str_has_word(STR("a bc d"), STR("b")));
	assert_false(str_has_word(STR("a  b"), STR("")));
	rest = STR("a\r\n\nb");
	assert_true(str_next_line(&rest, &piece));
	assert_str(piece, "a");
	assert_true(str_next_line(&rest, &piece));
	assert_str(piece, "");
	assert_true(str_next_line(&rest, &piece));
	assert_str(piece, "b");
	assert_false(str_next_line(&rest, &piece));
}

static void test_to_uint(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_true(str_to_uint(STR("0"), 10, &value));
	assert_int_equal(value, 0);
	assert_true(str_to_uint(STR("10"), 10, &value));
	assert_int_equal(value, 10);
	assert_false(str_to_uint(STR("11"), 10, &value));
	assert_false(str_to_uint(STR(""), 10, &value));
	assert_false(str_to_uint(STR("1x"), 100, &value));
	assert_false(str_to_uint(STR("9"), 5, &value));
	assert_true(str_to_uint(STR("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(str_to_uint(STR("18446744073709551616"), UINT64_MAX, &value));
}

static void test_trim(void **state)
{
	(void)state;
	assert_str(str_skip_byte_order_mark(STR("\xef\xbb\xbfscore")), "score");
	assert_str(str_skip_byte_order_mark(STR("\xef\xbbscore")), "\xef\xbbscore");
	assert_str(str_trim(STR(" \t x y\r\n")), "x y");
	assert_str(str_trim(STR("  ")), "");
	assert_int_equal(char_hex_value('F'), 15);
	assert_int_equal(char_hex_value('g'), -1);
	assert_true(str_hash_ci(STR("ABC")) == str_hash(STR("abc")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),  cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_all), cmocka_unit_test(test_slices),
		cmocka_unit_test(test_pieces),   cmocka_unit_test(test_words_and_lines),
		cmocka_unit_test(test_to_uint),  cmocka_unit_test(test_trim),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
