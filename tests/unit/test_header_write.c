/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/encoded_word.h"
#include "message/header.h"
#include "message/header_write.h"

static void test_ascii_stays(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_str(header_encode_words(arena, STR("[Example] - Support: 5% =?x")),
	           "[Example] - Support: 5% =?x");
	arena_free(arena);
}

static void test_words_are_encoded(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_str(header_encode_words(arena, STR("[M\xc3\xbcller AG] Dienst")),
	           "=?UTF-8?Q?=5BM=C3=BCller?= AG] Dienst");
	assert_str(header_encode_words(arena, STR("\xc3\xa4 \xc3\xb6 x")),
	           "=?UTF-8?Q?=C3=A4_=C3=B6?= x");
	assert_str(header_encode_words(arena, STR("x \xff")), "x =?UTF-8?Q?=EF=BF=BD?=");
	assert_str(header_encode_words(arena, STR("\xc3\xa4 ")), "=?UTF-8?Q?=C3=A4_?=");
	arena_free(arena);
}

/* What was encoded reads as it was, and no encoded-word is over 75 characters or splits one. */
static void test_long_text_reads_back(void **state)
{
	struct arena *arena = arena_new();
	struct str text = STR(""), encoded, rest, word;

	(void)state;
	for (int i = 0; i < 60; i++)
		text = arena_printf(arena, "%.*s\xe2\x82\xac%d", STR_FMT(text), i);
	encoded = header_encode_words(arena, text);
	assert_str(encoded_word_decode(arena, encoded), arena_cstr(arena, text));
	rest = encoded;
	while (str_next_word(&rest, &word))
		assert_true(word.len <= 75);
	arena_free(arena);
}

static void test_fold(void **state)
{
	struct arena *arena = arena_new();
	struct str_list lines = { 0 };
	struct str value, line;

	(void)state;
	vec_push(arena, &lines,
	         STR("one two three four five six seven eight nine ten eleven twelve thirteen "
	             "fourteen fifteen"));
	vec_push(arena, &lines, STR("second"));
	value = header_fold(arena, STR("X-Name"), &lines);
	assert_str(value, "one two three four five six seven eight nine ten eleven twelve\n"
	                  " thirteen fourteen fifteen\n"
	                  " second");
	while (str_next_line(&value, &line))
		assert_true(line.len <= 78);
	arena_free(arena);
}

static struct str folded(struct arena *arena, const char *text)
{
	struct str_list lines = { 0 };

	vec_push(arena, &lines, str_from(text));
	return header_fold_phrases(arena, STR("X-Spam-Technical-Details"), &lines);
}

static void test_phrases_stay_together(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_str(folded(arena, "[Mail of a City] - Support information:"),
	           "[Mail of a City] - Support information:");
	/* It ends at the 78th octet, and one further. */
	assert_str(folded(arena, "[Mail of a City of many] - Support information: 123"),
	           "[Mail of a City of many] - Support information: 123");
	assert_str(folded(arena, "[Mail of a City of many] - Support information: 1234 6"),
	           "\n [Mail of a City of many] - Support information: 1234 6");
	assert_str(folded(arena, "[The Department of Mail and Telegraphs of the Free City of the "
	                         "North] - Support information:"),
	           "[The Department of Mail and Telegraphs of the Free\n"
	           " City of the North] - Support information:");
	assert_str(folded(arena, "[The Department of Mail and Telegraphs of the Free City of it] "
	                         "- Support information:"),
	           "[The Department of Mail and Telegraphs of the Free\n"
	           " City of it] - Support information:");
	assert_str(folded(arena, ""), "");
	assert_str(folded(arena, "a] b"), "a] b");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii_stays),
		cmocka_unit_test(test_words_are_encoded),
		cmocka_unit_test(test_long_text_reads_back),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_phrases_stay_together),
	};

	return cmocka_run_group_tests_name("header_write", tests, NULL, NULL);
}
