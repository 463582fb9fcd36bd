/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "rules/ask/email_find.h"

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

/* All addresses, with a space between. */
static const char *find_all(struct str text, bool unquoted)
{
	struct strbuf out;
	struct str address;
	size_t at = 0;

	strbuf_init(&out, arena);
	while (email_find_next(NULL, text, &at, &address))
		if (!unquoted || !email_find_is_quoted(text, address))
			strbuf_printf(&out, "%s%.*s", out.len > 0 ? " " : "", STR_FMT(address));
	return arena_cstr(arena, strbuf_str(&out));
}

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10

static void test_find(void **state)
{
	static const struct {
		const char *text;
		const char *found;
	} cases[] = {
		{ "", "" },
		{ "@", "" },
		{ "joe@example.com", "joe@example.com" },
		{ "JOE@EXAMPLE.COM", "JOE@EXAMPLE.COM" },
		{ "a joe.doe+x@mail.example.co.uk.", "joe.doe+x@mail.example.co.uk" },
		{ "<joe@example.com>,ann@example.org", "joe@example.com ann@example.org" },
		{ "mailto:joe@example.com", "joe@example.com" },
		{ "joe@example", "" },
		{ "joe@example.invalidtld", "" },
		{ "joe@example.com.invalidtld", "" },
		{ "joe@example.com.", "joe@example.com" },
		{ "joe@example.com..org", "joe@example.com" },
		{ "joe@example.com-", "" },
		{ "joe@example.com_x", "joe@example.com" },
		{ "joe@example.comx", "" },
		{ "joe@-example.com", "" },
		{ "joe@example-.com", "" },
		{ "joe@ex_ample.com", "" },
		{ "joe@192.0.2.1", "" },
		{ "joe@a.b.c.d.com", "joe@a.b.c.d.com" },
		{ "joe@a.b.c.d.e.com", "" },
		/* local parts */
		{ ".joe@example.com", "joe@example.com" },
		{ "a..joe@example.com", "joe@example.com" },
		{ "joe.@example.com", "" },
		{ "joe doe@example.com", "doe@example.com" },
		{ "joe=x=y#!$%&'*/?^`{|}~-_@example.com", "joe=x=y#!$%&'*/?^`{|}~-_@example.com" },
		{ "(joe@example.com)", "joe@example.com" },
		{ "\"joe\"@example.com", "" },
		{ "\xC3\xA4joe@example.com", "joe@example.com" },
		{ "a@b@example.com", "b@example.com" },
		{ "joe@example.com@example.org", "joe@example.com" },
		{ "joe@example.com_ann@example.org", "joe@example.com" },
		{ A60 "1234@example.com", A60 "1234@example.com" },
		{ A60 "12345@example.com", "" },
		{ A60 ".bcde@example.com", "bcde@example.com" },
		{ A60 ".bcd@example.com", A60 ".bcd@example.com" },
		/* labels */
		{ "joe@" A60 "1.com", "joe@" A60 "1.com" },
		{ "joe@" A60 "12.com", "" },
		{ "joe@b\xC3\xBC"
		  "cher.com",
		  "" },
		{ "joe@xn--bcher-kva.com", "joe@xn--bcher-kva.com" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].text);
		assert_string_equal(find_all(str_from(cases[i].text), false), cases[i].found);
	}
	assert_string_equal(find_all(STR("a\0joe@example.com\0"), false), "joe@example.com");
}

static void test_quoted(void **state)
{
	static const struct {
		const char *text;
		const char *found;
	} cases[] = {
		{ "write to joe@example.com now", "joe@example.com" },
		{ "Joe <joe@example.com>", "" },
		{ "joe@example.com>", "" },
		{ "<joe@example.com", "joe@example.com" },
		{ "<mailto:joe@example.com>", "joe@example.com" },
		{ "joe@example.com wrote:", "" },
		{ "joe@example.com \t schrieb:", "" },
		{ "joe@example.com wrote", "joe@example.com" },
		{ "joe@example.com,wrote:", "joe@example.com" },
		{ "joe@example.com x:", "joe@example.com" },
		{ "joe@example.com abcdefghijk:", "" },
		{ "joe@example.com abcdefghijkl:", "joe@example.com" },
		{ "joe@example.com           wrote:", "joe@example.com" },
		{ "joe@example.com fax: 1", "joe@example.com" },
		{ "joe@example.com Facsimile: 1", "joe@example.com" },
		{ "joe@example.com Tel: 1", "joe@example.com" },
		{ "joe@example.com phone: 1", "joe@example.com" },
		{ "joe@example.com mail: 1", "joe@example.com" },
		{ "joe@example.com e-mail: 1", "joe@example.com" },
		{ "joe@example.com Email: 1", "joe@example.com" },
		{ "joe@example.com gmail: 1", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].text);
		assert_string_equal(find_all(str_from(cases[i].text), true), cases[i].found);
	}
}

static void test_common(void **state)
{
	static const struct {
		const char *local;
		bool common;
	} cases[] = {
		{ "abuse", true },
		{ "Support", true },
		{ "support1", false },
		{ "xinfo", false },
		{ "postmaster", true },
		{ "hostmaster", true },
		{ "domainmaster", true },
		{ "webmaster", false },
		{ "undisclosed-recipients", true },
		{ "request-0123456789abcdef", true },
		{ "request-0123456789abcde", false },
		{ "request-0123456789abcdeg", false },
		{ "bounce-", true },
		{ "bounced-", true },
		{ "bounce-1", false },
		{ "0123abcd.0123ABCD", true },
		{ "0123abcd.0123abc", false },
		{ "0123abcd", false },
		{ "0123abcd-0123-4567-89ab-0123456789ab", true },
		{ "0123abcd-0123-4567-89ab-0123456789abc", false },
		{ "0123abcd-0123-4567-89ab", false },
		{ "0123abcd-0123-4567-89ab-0123456789ab-", false },
		{ "joe=example.com=x", true },
		{ "joe=example.com", false },
		{ "a=b=c", true },
		{ "=b=c", false },
		{ "a==c", false },
		{ "a=b=", false },
		{ "a==b=c", true },
		{ "joe", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].local);
		assert_int_equal(
			email_find_is_common(arena_printf(arena, "%s@example.com", cases[i].local)),
			cases[i].common);
	}
	assert_false(email_find_is_common(STR("")));
	assert_false(email_find_is_common(STR("@")));
	assert_false(email_find_is_common(STR("=@")));
}

static const char *dropped(struct str text)
{
	return arena_cstr(arena, email_find_drop_uris(arena, text));
}

static void test_drop_uris(void **state)
{
	struct strbuf text;

	(void)state;
	assert_string_equal(dropped(STR("a joe@example.com b")), "a joe@example.com b");
	assert_string_equal(dropped(STR("a http://example.com/?joe@example.com b")), "a   b");
	assert_string_equal(dropped(STR("a HTTPS://example.com/joe%40example.com")), "a  ");
	assert_string_equal(dropped(STR("http://example.com/ joe@example.com")),
	                    "http://example.com/ joe@example.com");
	assert_string_equal(dropped(STR("ftp://joe@example.com")), "ftp://joe@example.com");
	assert_string_equal(dropped(STR("http")), "http");
	/* 255 characters before and after the sign */
	strbuf_init(&text, arena);
	strbuf_add(&text, STR("http://"));
	for (int i = 0; i < 255; i++)
		strbuf_add_char(&text, 'a');
	strbuf_add_char(&text, '@');
	for (int i = 0; i < 255; i++)
		strbuf_add_char(&text, 'b');
	strbuf_add(&text, STR("cc"));
	assert_string_equal(dropped(strbuf_str(&text)), " cc");
	text.len = 0;
	strbuf_add(&text, STR("http://"));
	for (int i = 0; i < 256; i++)
		strbuf_add_char(&text, 'a');
	strbuf_add(&text, STR("@b"));
	assert_int_equal(strlen(dropped(strbuf_str(&text))), text.len);
}

/* Each '@' costs no more than what is around it. */
static void test_time(void **state)
{
	size_t size = 4 << 20, at = 0, count = 0;
	char *text = arena_alloc(arena, size);
	struct str address;

	(void)state;
	for (size_t i = 0; i < size; i++)
		text[i] = i % 3 == 0 ? '@' : i % 3 == 1 ? 'a' : '.';
	while (email_find_next(NULL, (struct str){ text, size }, &at, &address))
		count++;
	assert_int_equal(count, 0);
	memset(text, 'h', size);
	assert_int_equal(email_find_drop_uris(arena, (struct str){ text, size }).len, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),   cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_common), cmocka_unit_test(test_drop_uris),
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
