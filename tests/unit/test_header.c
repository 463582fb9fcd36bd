/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "message/address_field.h"
#include "message/encoded_word.h"
#include "message/header.h"

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

static struct header_list parse(struct str text, size_t *offset_r)
{
	struct header_list headers;
	bool overflow;

	header_parse(arena, text, 100, &headers, offset_r, &overflow);
	assert_false(overflow);
	return headers;
}

static void test_fields(void **state)
{
	struct str text = STR("From: a@example.com\nX-Fold: one\n two\r\n\tthree \nTo : b\n\nbody");
	struct header_list headers;
	size_t offset;

	(void)state;
	headers = parse(text, &offset);
	assert_int_equal(headers.len, 3);
	assert_str(headers.items[0].name, "From");
	assert_str(headers.items[0].raw, " a@example.com");
	assert_str(headers.items[0].unfolded, "a@example.com");
	assert_str(headers.items[1].raw, " one\n two\n\tthree ");
	assert_str(headers.items[1].unfolded, "one two three");
	assert_str(headers.items[2].name, "To");
	assert_str(str_from_offset(text, offset), "body");
}

static void test_ends(void **state)
{
	static const struct {
		struct str text;
		const char *body;
		size_t fields;
	} cases[] = {
		{ STR_INIT("A: 1\n\nx"), "x", 1 },
		{ STR_INIT("A: 1\r\n\r\nx"), "x", 1 },
		{ STR_INIT("A: 1"), "", 1 },
		{ STR_INIT("A: 1\n"), "", 1 },
		{ STR_INIT(""), "", 0 },
		{ STR_INIT("\nx"), "x", 0 },
		{ STR_INIT("A: 1\n--boundary\nB: 2\n"), "--boundary\nB: 2\n", 1 },
		/* A line of white space folds; it does not end the header. */
		{ STR_INIT("A: 1\n \t\nB: 2\n\nx"), "x", 2 },
		{ STR_INIT("one\ntwo\nthree\nA: 1\n\nx"), "x", 1 },
		{ STR_INIT("one\ntwo\nthree\nfour\nA: 1\n\nx"), "four\nA: 1\n\nx", 0 },
		{ STR_INIT("with space: kept\n\nx"), "x", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t offset;
		struct header_list headers = parse(cases[i].text, &offset);

		assert_int_equal(headers.len, cases[i].fields);
		assert_str(str_from_offset(cases[i].text, offset), cases[i].body);
	}
}

static void test_part_section(void **state)
{
	struct header_limits limits = { 10, 100, 1000 };
	struct header_section section;

	(void)state;
	header_parse_section(arena, STR("A: 1\nno field\nB: 2\n"), HEADER_OF_PART, &limits,
	                     &section);
	assert_int_equal(section.headers.len, 1);
	assert_int_equal(section.body_offset, 5);
	assert_true(section.no_separator);
	header_parse_section(arena, STR(" text\n"), HEADER_OF_PART, &limits, &section);
	assert_int_equal(section.headers.len, 0);
	assert_int_equal(section.body_offset, 0);
	limits.max_fields = 1;
	header_parse_section(arena, STR("A: 1\nB: 2\n\n"), HEADER_OF_PART, &limits, &section);
	assert_true(section.too_many);
	assert_false(section.no_separator);
	assert_int_equal(section.body_offset, 11);
	limits = (struct header_limits){ 10, 4, 1000 };
	header_parse_section(arena, STR("A: 123456\n\n"), HEADER_OF_MESSAGE, &limits, &section);
	assert_true(section.too_long);
	assert_false(section.cut);
	assert_str(section.headers.items[0].unfolded, "123");
	limits = (struct header_limits){ 10, 100, 11 };
	header_parse_section(arena, STR("A: 1\nB: 2\nC: 345\nD: 6\n\n"), HEADER_OF_MESSAGE, &limits,
	                     &section);
	assert_true(section.too_many);
	assert_int_equal(section.headers.len, 3);
}

/* Rules see 8 KiB of a value, as in SpamAssassin; the rest is there for who asks for it. */
static void test_long_value(void **state)
{
	struct header_limits limits = { 10, 100000, 100000 };
	struct header_section section;
	char field[10004];

	(void)state;
	memset(field, 'x', sizeof(field));
	memcpy(field, "A: ", 3);
	header_parse_section(arena, (struct str){ field, 2 + 8191 }, HEADER_OF_MESSAGE, &limits,
	                     &section);
	assert_false(section.cut);
	assert_int_equal(section.headers.items[0].raw.len, 8191);
	header_parse_section(arena, (struct str){ field, sizeof(field) }, HEADER_OF_MESSAGE,
	                     &limits, &section);
	assert_true(section.cut);
	assert_false(section.too_long);
	assert_int_equal(section.headers.items[0].whole.len, sizeof(field) - 2);
	assert_int_equal(section.headers.items[0].raw.len, 8192);
	assert_int_equal(section.headers.items[0].decoded.len, 8191);
}

static void test_lookup(void **state)
{
	size_t offset;
	struct header_list headers = parse(STR("A: 1\nb: 2\na: 3\n\n"), &offset);
	const struct header *second;

	(void)state;
	assert_str(header_first(&headers, STR("a"))->unfolded, "1");
	assert_str(header_last(&headers, STR("A"))->unfolded, "3");
	second = header_next(&headers, STR("A"), header_first(&headers, STR("a")));
	assert_str(second->unfolded, "3");
	assert_null(header_next(&headers, STR("A"), second));
	assert_null(header_first(&headers, STR("c")));
	assert_null(header_last(&headers, STR("c")));
}

static void test_words(void **state)
{
	static const struct {
		const char *text;
		const char *decoded;
	} cases[] = {
		{ "plain", "plain" },
		{ "=?utf-8?Q?caf=C3=A9?=", "café" },
		{ "=?UTF-8?b?Y2Fmw6k=?=", "café" },
		{ "=?iso-8859-1?Q?a_b?= c", "a b c" },
		{ "a =?utf-8?Q?b?= =?utf-8?Q?c?= d", "a bc d" },
		{ "=?utf-8?Q?b?= x =?utf-8?Q?c?=", "b x c" },
		{ "=?utf-8?B?w6k=?==?utf-8?B?w6k=?=", "éé" },
		/* One character in two words. */
		{ "=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "é" },
		{ "=?utf-8?Q?=C3?= =?iso-8859-1?Q?=A9?=", "\xef\xbf\xbd©" },
		{ "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
		{ "=?utf-8?Q?a", "=?utf-8?Q?a" },
		{ "=?utf-8?Q?a?b?=", "=?utf-8?Q?a?b?=" },
		{ "=??Q?a?=", "=??Q?a?=" },
		{ "=?us-ascii*en?Q?a?=", "a" },
		{ "=?x-none?Q?=E9?=", "é" },
		{ "=?utf-8?Q?"
		  "?=x",
		  "x" },
		{ "=?koi8-r?B?8NLJ18XU?=", "Привет" },
		{ "=?=?utf-8?Q?a?=", "=?a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(encoded_word_decode(arena, str_from(cases[i].text)), cases[i].decoded);
}

static void test_decoded(void **state)
{
	size_t offset;
	struct header_list headers =
		parse(STR("Subject: =?utf-8?Q?=C3=A9?= \xe9\nMessage-ID: <=?utf-8?Q?a?=>\n"
	                  "List-Id: =?utf-8?Q?a?=\nX: \xc3\xa9\n\n"),
	              &offset);

	(void)state;
	assert_str(headers.items[0].decoded, "é é");
	assert_str(headers.items[0].unfolded, "=?utf-8?Q?=C3=A9?= \xe9");
	assert_str(headers.items[1].decoded, "<=?utf-8?Q?a?=>");
	assert_str(headers.items[2].decoded, "=?utf-8?Q?a?=");
	assert_str(headers.items[3].decoded, "é");
}

static void test_addresses(void **state)
{
	/* Each entry as [address|name], "-" for a name that is missing. */
	static const struct {
		const char *value;
		const char *entries;
	} cases[] = {
		{ "a@example.com", "[a@example.com|-]" },
		{ " <a@example.com> ", "[a@example.com|-]" },
		{ "Ada <a@example.com>", "[a@example.com|Ada ]" },
		{ "\"Ada, Countess\" <a@example.com>", "[a@example.com|Ada, Countess ]" },
		{ "\"A \\\"x\\\" B\" <a@example.com>", "[a@example.com|A \"x\" B ]" },
		{ "a@example.com (Ada (Countess))", "[|a@example.com (Ada )]" },
		{ "b@example.org <a@example.com>", "[a@example.com|b@example.org ]" },
		{ "\"a@example.com\" <a@example.com>", "[a@example.com|a@example.com ]" },
		{ "a@example.com<a@example.com>", "[a@example.com|-]" },
		{ "\"'Ada   Example'\" <a@example.com>", "[a@example.com|'Ada   Example' ]" },
		{ "<a@example.com>, Bob <b@example.com>", "[a@example.com|-][b@example.com|Bob ]" },
		{ "<Undisclosed Recipients@example.com>", "[|-]" },
		{ "Ada <\"a@example.com\">", "[|Ada ]" },
		{ "Ada <a@example,com>", "[a@example|Ada][|Ada <a@example,com>]" },
		{ "Ada,(<a@example.com>)", "[|Ada][a@example.com|-]" },
		{ "a@example.com@example.org", "[a@example.com|-]" },
		{ "<a@example.com@example.org>", "[a@example.com|-]" },
		{ "Friends: a@example.com, b@example.com;", "[a@example.com|-][b@example.com|-]" },
		{ "undisclosed-recipients:;", "" },
		{ "Ada", "[|Ada]" },
		{ "<>", "[|-]" },
		{ "", "" },
		{ "\"Ada <a@example.com>", "[a@example.com|-]" },
		/* broken fields, as their grammar reads them */
		{ "Ada <a@example.com", "[a@example.com|Ada]" },
		{ "\"Ada, Countess\" <a@example.com", "[a@example.com|Ada, Countess]" },
		{ "=?utf-8?Q?Ada?= <a@example.com", "[a@example.com|=?utf-8?Q?Ada?=]" },
		{ "Ada (c) <a@example.com (d)", "[a@example.com|Ada]" },
		{ "<a@example.com (d)", "[a@example.com|d]" },
		{ "<a@example.com (d", "[|<a@example.com (d]" },
		{ "Ada <a@example.com, Bob <b@example.com",
		  "[a@example.com|Ada][b@example.com|Bob]" },
		{ "Ada <a@example.com>,,<b@example.com",
		  "[a@example.com|Ada][|Ada <a@example.com>,,<b@example.com]"
		  "[b@example.com|-]" },
		{ "Ada. B \"x\"y <a . b @ example . com", "[a.b@example.com|Ada. B x y]" },
		{ "Ada <\"a \\\"b\"@example.com", "[\"a \\\"b\"@example.com|Ada]" },
		{ "Ada <a.@example.com", "[\"a.\"@example.com|Ada]" },
		{ "Ada <a@[192.0.2.1]", "[a@[192.0.2.1]|Ada]" },
		{ "<@relay.example,@x:a@example.com", "[a@example.com|-]" },
		{ "Friends: Ada <a@example.com", "[a@example.com|Ada]" },
		{ "Friends: \"Ada\" <a@example.com, b@example.org;",
		  "[a@example.com|Ada][b@example.org|-]" },
		{ "\u2039a@example.com\u203a, \u2039b@example.com",
		  "[\u2039a@example.com\u203a|-][\u2039b@example.com|-]" },
		{ "Ada <a@example", "[a@example|Ada]" },
		{ "Ada <", "[|Ada]" },
		{ "Ada <a b@example.com", "[|Ada]" },
		{ "Ada \u2039a@example.com, ", "[|Ada \u2039a@example.com]" },
		{ "Ada \"never closed <a@example.com", "[|Ada \"never closed <a@example.com]" },
		{ "Ada (never closed <a@example.com>", "[a@example.com|Ada (never closed ]" },
		{ "\"odd local\"@example.com", "[\"odd local\"@example.com|-]" },
		{ "a@[192.0.2.1]", "[a@[192.0.2.1]|-]" },
		{ "<@relay.example:a@example.com>", "[|-]" },
		{ "@example.com", "[|@example.com]" },
		{ "a@", "[|a@]" },
		{ "x, Ada <a@example.com>", "[|x][a@example.com|Ada ]" },
		{ "\"a@example.com\"", "[a@example.com|-]" },
		{ "Spin,(<a@example.com>)", "[|Spin][a@example.com|-]" },
		{ "<A@B>.example.com>", "[|-]" },
		{ "Ada <a@example.com> <a@example.com>", "[a@example.com|Ada ]" },
		{ "a@example.com, b@example.com (Bob)", "[a@example.com|-][b@example.com|Bob]" },
		{ "A, <a@example.com.>, B", "[|A][a@example.com.|-][|B]" },
		{ "Ada <\"a@example.com\">, b@x", "[|Ada ][b@x|-]" },
		{ "\"unclosed <a@example.com>", "[a@example.com|-]" },
		{ "Ada <a b@example.com>", "[|Ada ]" },
		{ "x:y:a@example.com", "[a@example.com|-]" },
		{ "A <a@example.com>,, B <b@example.com>",
		  "[a@example.com|A][|A <a@example.com>,, B <b@example.com>][b@example.com|B]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address_field_list list = { 0 };
		struct strbuf found;

		address_field_read(arena, str_from(cases[i].value), &list);
		strbuf_init(&found, arena);
		for (size_t k = 0; k < list.len; k++)
			strbuf_printf(
				&found, "[%.*s|%.*s]", STR_FMT(list.items[k].address),
				STR_FMT(list.items[k].has_name ? list.items[k].name : STR("-")));
		assert_str(strbuf_str(&found), cases[i].entries);
	}
	assert_str(address_field_first(arena, STR("Ada, \"c, d\" <c@x.example>, b@x.example")),
	           "c@x.example");
	assert_str(address_field_first(arena, STR("Ada")), "");
}

/* Whom a mail reader shows as authors: those whose policies count. */
static void test_authors(void **state)
{
	static const struct {
		const char *value;
		const char *authors;
	} cases[] = {
		{ "Ada <Ada@Example.com>, b@example.org", "ada@example.com b@example.org " },
		{ "Ada <@relay.example:a@example.com>", "a@example.com " },
		{ "<@one.example,@two.example:a@example.com>", "a@example.com " },
		{ "Ada < @relay.example:a@example.com>, b@example.org",
		  "b@example.org a@example.com " },
		{ "Ada <a @ example.com>", "a@example.com " },
		{ "x@bank.example <a@example.com>", "a@example.com " },
		{ "Ada", "" },
		{ "<@relay.example:>", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str_list authors = { 0 };
		struct strbuf found;

		address_field_authors(arena, str_from(cases[i].value), &authors);
		strbuf_init(&found, arena);
		for (size_t k = 0; k < authors.len; k++)
			strbuf_printf(&found, "%.*s ", STR_FMT(authors.items[k]));
		assert_str(strbuf_str(&found), cases[i].authors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),       cmocka_unit_test(test_ends),
		cmocka_unit_test(test_part_section), cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_lookup),       cmocka_unit_test(test_words),
		cmocka_unit_test(test_decoded),      cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_authors),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
