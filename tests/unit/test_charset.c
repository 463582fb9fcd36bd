/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"
#include "tests/unit/unit.h"

#include <pthread.h>

#include "message/charset.h"

static void test_ascii(void **state)
{
	(void)state;
	assert_true(charset_is_ascii(STR("")));
	assert_true(charset_is_ascii(STR("twelve bytes")));
	assert_false(charset_is_ascii(STR("12345678\x80")));
	assert_false(charset_is_ascii(STR("\x80"
	                                  "123456789")));
}

static void test_utf8(void **state)
{
	static const char *const good[] = {
		"", "a", "é", "12345678é", "€", "𝄞", "\xf4\x8f\xbf\xbf"
	};
	static const char *const bad[] = {
		"\x80",
		"\xc3",
		"\xc0\xaf",
		"\xe0\x80\x80",
		"\xed\xa0\x80",
		"\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80",
		"\xff",
		"12345678\xe9",
		"\xe2\x82",
		"\xf5\x80\x80\x80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(utf8_is_valid(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(utf8_is_valid(str_from(bad[i])));
}

struct charset_case {
	const char *charset;
	struct str text;
	const char *utf8;
	bool fault;
};

static const struct charset_case body_cases[] = {
	{ "us-ascii", STR_INIT("abc"), "abc", false },
	{ "utf-8", STR_INIT("\xc3\xa9"), "é", false },
	{ "UTF8", STR_INIT("\xc3\xa9"), "é", false },
	{ "iso-8859-1", STR_INIT("\xe9"), "é", false },
	/* What says ISO 8859-1 is windows-1252 in practice. */
	{ "ISO_8859-1", STR_INIT("\x93x\x94"), "“x”", false },
	{ "windows-1252", STR_INIT("\x80"), "€", false },
	{ "iso-8859-2", STR_INIT("\xb1"), "ą", false },
	{ "windows-1251", STR_INIT("\xcf"), "П", false },
	{ "cp1251", STR_INIT("\xcf"), "П", false },
	{ "koi8-r", STR_INIT("\xf0"), "П", false },
	{ "windows-1258", STR_INIT("\xea"), "ê", false },
	{ "gb2312", STR_INIT("\xc4\xe3"), "你", false },
	/* GBK under the name of its subset. */
	{ "gb2312", STR_INIT("\x81\x40"), "丂", false },
	{ "gb2312_charset", STR_INIT("\xc4\xe3"), "你", false },
	{ "big5", STR_INIT("\xa7\x41"), "你", false },
	{ "shift_jis", STR_INIT("\x82\xa0\\~"), "あ\\~", false },
	{ "x-sjis", STR_INIT("\x82\xa0"), "あ", false },
	{ "euc-jp", STR_INIT("\xa4\xa2"), "あ", false },
	{ "iso-2022-jp", STR_INIT("\x1b$B$\"\x1b(B"), "あ", false },
	{ "euc-kr", STR_INIT("\xb0\xa1"), "가", false },
	{ "ks_c_5601-1987", STR_INIT("\xb0\xa1"), "가", false },
	{ "utf-7", STR_INIT("+AOk-"), "é", false },
	{ "utf-16",
	  STR_INIT("\xff\xfe"
	           "a\0\xe9\0"),
	  "aé", false },
	{ "utf-16", STR_INIT("\xfe\xff\0a\0\xe9"), "aé", false },
	{ "utf-16", STR_INIT("\0a\0b\0\xe9"), "abé", false },
	{ "utf-16le", STR_INIT("a\0b\0\xe9\0"), "abé", false },
	{ "utf-16", STR_INIT("\xff\xfe\x34\xd8\x1e\xdd"), "𝄞", false },
	{ "utf-16",
	  STR_INIT("\xff\xfe\x1e\xdd"
	           "a"),
	  "\xef\xbf\xbd", false },
	/* Lies: UTF-8 is believed to be it, the rest is windows-1252. */
	{ "iso-8859-1", STR_INIT("\xc3\xa9"), "é", false },
	{ "us-ascii", STR_INIT("\xe9"), "é", true },
	{ "utf-8", STR_INIT("\xe9"), "é", true },
	{ "gb2312", STR_INIT("\xc4"), "Ä", true },
	{ "x-none", STR_INIT("\xe9"), "é", true },
	{ "x-none", STR_INIT("abc"), "abc", true },
	{ "", STR_INIT("\x81\xe9"), "\xef\xbf\xbdé", true },
	{ "iso-2022-jp", STR_INIT("plain"), "plain", false },
};

static void test_body(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++) {
		const struct charset_case *c = &body_cases[i];
		bool fault = false;
		struct str utf8 = charset_to_utf8(arena, c->text, str_from(c->charset), &fault);

		if (!str_eq(utf8, str_from(c->utf8)) || fault != c->fault)
			fail_msg("case %zu, %s: \"%.*s\" fault %d", i, c->charset, STR_FMT(utf8),
			         fault);
	}
	arena_free(arena);
}

static void test_words(void **state)
{
	static const struct charset_case cases[] = {
		{ "utf-8", STR_INIT("\xc3\xa9"), "é", false },
		{ "utf-8",
		  STR_INIT("a\xe9"
		           "b\xc3"),
		  "a\xef\xbf\xbd"
		  "b\xef\xbf\xbd",
		  false },
		{ "iso-8859-1", STR_INIT("\xc3\xa9"), "Ã©", false },
		{ "us-ascii", STR_INIT("\xe9"), "\xef\xbf\xbd", false },
		{ "big5", STR_INIT("\xa7\x41\xff\xa7\x41"), "你\xef\xbf\xbd你", false },
		{ "x-none", STR_INIT("\xe9"), "é", false },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(charset_word_to_utf8(arena, cases[i].text, str_from(cases[i].charset)),
		           cases[i].utf8);
	arena_free(arena);
}

/* Charsets are prepared on first use: by many threads at once, too. */
static void *convert_all(void *wrong)
{
	for (int round = 0; round < 50; round++) {
		struct arena *arena = arena_new();

		for (size_t i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++) {
			const struct charset_case *c = &body_cases[i];
			struct str utf8 =
				charset_to_utf8(arena, c->text, str_from(c->charset), NULL);

			*(bool *)wrong = *(bool *)wrong || !str_eq(utf8, str_from(c->utf8));
		}
		arena_free(arena);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[12];
	bool wrong[12] = { false };

	(void)state;
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, convert_all, &wrong[i]), 0);
	for (size_t i = 0; i < 12; i++) {
		pthread_join(threads[i], NULL);
		assert_false(wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads), cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_utf8),    cmocka_unit_test(test_body),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
