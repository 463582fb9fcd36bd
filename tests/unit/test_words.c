/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "learn/words.h"

static const struct learn_key key = { { 11, 22 } };
static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct word_list split(const char *text)
{
	struct word_list words = { 0 };

	words_split(arena, &key, str_from(text), 100, &words);
	return words;
}

static void assert_words(const char *text, const char *expected)
{
	struct word_list words = split(text);
	char found[500] = "";
	size_t len = 0;

	for (size_t i = 0; i < words.len; i++)
		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%.*s",
		                        i > 0 ? "|" : "", STR_FMT(words.items[i].text));
	assert_string_equal(found, expected);
}

static void test_split(void **state)
{
	(void)state;
	assert_words("", "");
	assert_words("Buy now, don't wait!", "Buy|now|don't|wait");
	assert_words("only $3.50.", "only|$3.50");
	assert_words("naïve Überweisung", "naïve|Überweisung");
	assert_words("Привет, мир", "Привет|мир");
	assert_words("中文字 x", "中文|文字|x");
	assert_words("今日は", "今日|日は");
	assert_words("free \xf0\x9f\x98\x80 gift", "free|\xf0\x9f\x98\x80|gift");
	assert_words("a\xff"
	             "b",
	             "a|b");
}

static void assert_same(const char *a, const char *b)
{
	struct word_list x = split(a), y = split(b);

	assert_int_equal(x.len, y.len);
	for (size_t i = 0; i < x.len; i++)
		if (x.items[i].hash != y.items[i].hash)
			fail_msg("%s and %s differ", a, b);
}

static void test_same_for_a_reader(void **state)
{
	(void)state;
	assert_same("VIAGRA", "viagra");
	assert_same("ÜBER", "über");
	assert_same("ПРИВЕТ", "привет");
	assert_same("ΑΘΗΝΑ", "αθηνα");
	assert_same("vi\xe2\x80\x8b"
	            "agra",
	            "viagra"); /* a space without width */
	assert_same("vi\xc2\xad"
	            "agra",
	            "viagra"); /* a soft hyphen */
	assert_same("ｖｉａｇｒａ", "viagra");
	assert_same("𝐯𝐢𝐚𝐠𝐫𝐚", "viagra");
	assert_int_not_equal(split("cat").items[0].hash, split("act").items[0].hash);
}

static void test_max(void **state)
{
	struct word_list words = { 0 };

	(void)state;
	words_split(arena, &key, STR("a b c d e"), 3, &words);
	assert_int_equal(words.len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_same_for_a_reader),
		cmocka_unit_test(test_max),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
