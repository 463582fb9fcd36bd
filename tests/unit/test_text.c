/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "message/html.h"
#include "message/text.h"

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

static struct mime_part plain_part(struct str text)
{
	return (struct mime_part){
		.type = STR("text/plain"),
		.decoded = text,
		.text = text,
		.rendered = text,
		.is_rawbody = true,
	};
}

/* All paragraphs after the subject, with "|" between them. */
static struct str body_of(struct str text)
{
	struct mime_part part = plain_part(text);
	struct str_list body;
	struct strbuf joined;

	text_make_body(arena, &part, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_true(body.len > 0);
	assert_str(body.items[0], "S\n");
	strbuf_init(&joined, arena);
	for (size_t i = 1; i < body.len; i++) {
		if (i > 1)
			strbuf_add_char(&joined, '|');
		strbuf_add(&joined, body.items[i]);
	}
	return strbuf_str(&joined);
}

static struct str repeat(const char *unit, size_t count)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	while (count-- > 0)
		strbuf_add(&buf, str_from(unit));
	return strbuf_str(&buf);
}

static void test_paragraphs(void **state)
{
	(void)state;
	assert_str(body_of(STR("")), "");
	assert_str(body_of(STR("a b")), "a b");
	assert_str(body_of(STR("a \t b\nc\r\nd")), "a b c d");
	assert_str(body_of(STR("a\n\nb")), "a\n|b");
	assert_str(body_of(STR("a \n \t\n\n b\n")), "a \n| b ");
	assert_str(body_of(STR("\n\na")), "\n|a");
	assert_str(body_of(STR("a\0b")), "a\n|b");
	assert_str(body_of(STR("a\v\fb")), "a b");
	/* Unicode's white space, and what only looks like it. */
	assert_str(body_of(STR("a\xc2\xa0\xe3\x80\x80"
	                       "b\xe2\x80\x8b"
	                       "c\xe2\x80\xa8\xe1\x9a\x80")),
	           "a b\xe2\x80\x8b"
	           "c ");
	assert_str(body_of(STR("\xc2\xa9 \xc2")), "\xc2\xa9 \xc2");
}

static void test_long_paragraph(void **state)
{
	struct str_list body;
	struct mime_part part = plain_part(repeat("12345678 ", 500));

	(void)state;
	text_make_body(arena, &part, STR(""), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_str(body.items[0], "\n");
	assert_int_equal(body.items[1].len, 2043);
	assert_int_equal(body.items[1].data[2042], ' ');
	part = plain_part(repeat("x", 5000));
	text_make_body(arena, &part, STR(""), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_int_equal(body.len, 4);
	assert_int_equal(body.items[1].len, 2048);
	assert_int_equal(body.items[3].len, 5000 - 2 * 2048);
}

static size_t total(const struct str_list *list)
{
	size_t sum = 0;

	for (size_t i = 0; i < list->len; i++)
		sum += list->items[i].len;
	return sum;
}

static void test_body_limit(void **state)
{
	struct str_list body;
	struct mime_part part = plain_part(repeat("\xc3\xa9 ", 40000));

	(void)state;
	/* Characters count, not bytes; the cut is after a space. */
	text_make_body(arena, &part, STR(""), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_int_equal(total(&body), 1 + 75000 + 3);
	part = plain_part(repeat("x", 60000));
	text_make_body(arena, &part, STR(""), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_int_equal(total(&body), 1 + 50000);
}

static void test_parts(void **state)
{
	struct mime_part root = { .type = STR("multipart/mixed") };
	struct mime_part one = plain_part(STR("one\n")), two = plain_part(STR("two"));
	struct mime_part image = { .type = STR("image/png"), .decoded = STR("PNG") };
	struct str_list list;

	(void)state;
	root.first_child = &one;
	one.parent = image.parent = two.parent = &root;
	one.next_sibling = &image;
	image.next_sibling = &two;
	text_make_body(arena, &root, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &list);
	assert_int_equal(list.len, 3);
	assert_str(list.items[1], "one\n");
	assert_str(list.items[2], "two");
	text_make_rawbody(arena, &root, 500000, SIZE_MAX, &list);
	assert_int_equal(list.len, 2);
	assert_str(list.items[0], "one\n");
	assert_str(list.items[1], "two");
}

/* How often each of "asbc" is in the texts: "12 3 4 5". */
static const char *counts(const struct str_list *list)
{
	static char text[50];
	size_t count[4] = { 0 };

	for (size_t i = 0; i < list->len; i++) {
		for (size_t k = 0; k < list->items[i].len; k++) {
			const char *letter = strchr("asbc", list->items[i].data[k]);

			if (letter != NULL && *letter != '\0')
				count[letter - "asbc"]++;
		}
	}
	snprintf(text, sizeof(text), "%zu %zu %zu %zu", count[0], count[1], count[2], count[3]);
	return text;
}

/* Short parts stay whole, and long ones get the same of what is left. */
static void test_totals(void **state)
{
	struct mime_part root = { .type = STR("multipart/mixed") };
	/* 180, 5, 40 and 70 characters. */
	struct mime_part parts[] = { plain_part(repeat("a\xc3\xa9", 90)), plain_part(STR("sssss")),
		                     plain_part(repeat("b", 40)), plain_part(repeat("c", 70)) };
	struct str_list list;

	(void)state;
	root.first_child = &parts[0];
	for (size_t i = 0; i < 4; i++) {
		parts[i].parent = &root;
		parts[i].next_sibling = i < 3 ? &parts[i + 1] : NULL;
	}
	text_make_body(arena, &root, STR("S"), 50000, 295, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "90 5 40 70");
	text_make_body(arena, &root, STR("S"), 50000, 294, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "90 5 40 70");
	text_make_body(arena, &root, STR("S"), 50000, 293, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "89 5 40 70");
	text_make_body(arena, &root, STR("S"), 50000, 145, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "25 5 40 50");
	assert_true(str_starts(list.items[1], STR("a")));
	text_make_body(arena, &root, STR("S"), 50000, 50, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "8 5 15 15");
	/* What is not taken by the part's limit doesn't count. */
	text_make_body(arena, &root, STR("S"), 10, 35, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "5 5 10 10");
	/* Twenty characters in thirty bytes leave forty. */
	parts[0] = plain_part(repeat("a\xc3\xa9", 10));
	parts[0].parent = &root;
	parts[0].next_sibling = &parts[3];
	text_make_body(arena, &root, STR("S"), 50000, 60, READING_4_0_1, &list);
	assert_string_equal(counts(&list), "10 0 0 40");
	parts[0] = plain_part(repeat("a\xc3\xa9", 90));
	parts[0].parent = &root;
	parts[0].next_sibling = &parts[1];
	/* Bytes, the first part having 270 of them. */
	text_make_rawbody(arena, &root, 500000, 385, &list);
	assert_string_equal(counts(&list), "90 5 40 70");
	text_make_rawbody(arena, &root, 500000, 145, &list);
	assert_string_equal(counts(&list), "17 5 40 50");
	text_make_rawbody(arena, &root, 500000, 2, &list);
	assert_string_equal(counts(&list), "1 0 0 1");
	assert_int_equal(total(&list), 2);
}

static void test_rawbody_pieces(void **state)
{
	static const char *const units[] = { "123456789\n", "12345678>x", "12345678 x" };
	struct str_list list;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mime_part part = plain_part(repeat(units[i], 1000));

		text_make_rawbody(arena, &part, 500000, SIZE_MAX, &list);
		assert_int_equal(total(&list), 10000);
		assert_true(list.items[0].len >= 2049 && list.items[0].len < 2060);
		assert_int_equal(list.items[0].data[list.items[0].len - 1], "\n> "[i]);
	}
	struct mime_part part = plain_part(repeat("x", 600000));

	text_make_rawbody(arena, &part, 500000, SIZE_MAX, &list);
	assert_int_equal(total(&list), 500000);
	assert_int_equal(list.items[0].len, 2049);
	part = plain_part(repeat("x", 4096));
	text_make_rawbody(arena, &part, 500000, SIZE_MAX, &list);
	assert_int_equal(list.len, 1);
}

/* A message of many long parts: some are enough. */
static void test_enough(void **state)
{
	struct mime_part parts[12], root = { .type = STR("multipart/mixed") };
	struct str_list list;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		parts[i] = plain_part(repeat("words and words.\n", 30000));
		parts[i].parent = &root;
		parts[i].next_sibling = i < 11 ? &parts[i + 1] : NULL;
	}
	root.first_child = parts;
	assert_false(text_make_body(arena, &root, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &list));
	assert_true(total(&list) > 300000 && total(&list) < 400000);
	assert_false(text_make_rawbody(arena, &root, 500000, SIZE_MAX, &list));
	assert_true(total(&list) > 1500000 && total(&list) < 2100000);
	parts[1].next_sibling = NULL;
	assert_true(text_make_body(arena, &root, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &list));
	assert_true(text_make_rawbody(arena, &root, 500000, SIZE_MAX, &list));
}

/* An ASCII source with entities that are all in ISO 8859-1. */
static void test_latin1(void **state)
{
	struct html_facts facts = { 0 };
	struct mime_part part = plain_part(STR("&copy;&nbsp;x"));
	struct str_list body;

	(void)state;
	part.type = STR("text/html");
	part.html = &facts;
	part.rendered = STR("\xc2\xa9\xc2\xa0x\xc3\xbf");
	text_make_body(arena, &part, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_str(body.items[1], "\xa9\xa0x\xff");
	part.rendered = STR("\xc2\xa9\xc2\xa0\xe2\x82\xac");
	text_make_body(arena, &part, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_str(body.items[1], "\xc2\xa9 \xe2\x82\xac");
	part.rendered = STR("\xc2\xa9\xc2\xa0x");
	part.text = STR("\xc2\xa9");
	text_make_body(arena, &part, STR("S"), 50000, SIZE_MAX, READING_4_0_1, &body);
	assert_str(body.items[1], "\xc2\xa9 x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paragraphs), cmocka_unit_test(test_long_paragraph),
		cmocka_unit_test(test_body_limit), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_totals),     cmocka_unit_test(test_rawbody_pieces),
		cmocka_unit_test(test_enough),     cmocka_unit_test(test_latin1),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
