/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/deadline.h"
#include "base/strbuf.h"
#include "message/uri.h"

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

/* All that is found, separated by spaces. */
static struct str found(void **state, const char *text)
{
	struct uri_list uris = { 0 };
	struct strbuf out;
	const struct uri *uri;

	uri_find_in_text(*state, str_from(text), 100, &uris);
	strbuf_init(&out, *state);
	vec_foreach (&uris, uri)
		strbuf_printf(&out, "%s%.*s", uri == uris.items ? "" : " ", STR_FMT(uri->raw));
	return strbuf_str(&out);
}

#define assert_found(text, expected) assert_str(found(state, text), expected)

static void test_with_scheme(void **state)
{
	assert_found("see http://a.com/b?c=d#e now", "http://a.com/b?c=d#e");
	assert_found("HTTPS://A.com", "HTTPS://A.com");
	assert_found("ftp://a.com/x", "ftp://a.com/x");
	assert_found("xhttp://a.com/y", "http://a.com/y");
	assert_found("xhttp://a.com/", "");
	assert_found("http://", "");
	assert_found("http:// a", "");
	assert_found("http://192.0.2.1/x", "http://192.0.2.1/x");
	assert_found("http://a.notatld/", "");
	assert_found("gopher://a.com/x", "http://a.com/x");
}

static void test_where_it_ends(void **state)
{
	assert_found("<http://a.com/b>", "http://a.com/b");
	assert_found("\"http://a.com/b\"", "http://a.com/b");
	assert_found("http://a.com/b.", "http://a.com/b");
	assert_found("http://a.com/b!?,;:'", "http://a.com/b");
	assert_found("(http://a.com/b)", "http://a.com/b");
	assert_found("(http://a.com/b(c)d)", "http://a.com/b(c)d");
	assert_found("http://a.com/b[c]", "http://a.com/b");
	assert_found("http://a.com/b\xC3\xA9", "http://a.com/b\xC3\xA9");
	assert_found("http://a.com/b\xC2\xA0x", "http://a.com/b\xC2");
}

static void test_www_and_ftp(void **state)
{
	assert_found("www.a.com/x", "http://www.a.com/x");
	assert_found("www2.a.com", "http://www2.a.com");
	assert_found("WWW.A.COM", "http://WWW.A.COM");
	assert_found("ftp.a.com", "ftp://ftp.a.com");
	assert_found("www.", "");
}

static void test_bare_domains(void **state)
{
	assert_found("visit a-b.com today", "http://a-b.com");
	assert_found("visit a.co.uk.", "http://a.co.uk");
	assert_found("a.com:8080/x y", "http://a.com:8080/x");
	assert_found("a.com:123456", "");
	assert_found("a.com/ b", "");
	assert_found("a.com_b", "");
	assert_found("readme.txt end.And 1.2.3.4", "");
	assert_found("_a.com", "");
	assert_found("(a.com)", "");
	assert_found("x,a.com", "http://a.com");
	assert_found("\xC3\xA9"
	             "a.com",
	             "");
}

static void test_addresses(void **state)
{
	assert_found("write to a.b@c.com, please", "mailto:a.b@c.com");
	assert_found("<a@b.com>", "mailto:a@b.com");
	assert_found("mailto:a@b.com?subject=x", "mailto:a@b.com?subject=x");
	assert_found("email:a@b.com", "mailto:a@b.com");
	assert_found("a@b", "");
	assert_found("a@b.notatld", "");
	assert_found("[cid:image001.png@01D4986E.E3459640]", "");
	assert_found("Vi@gra", "");
	assert_found("a@b%2Ecom.com", "mailto:a@b.com.com");
	assert_found("x/y@a.com", "http://x/y@a.com");
}

static void test_types(void **state)
{
	struct uri_list uris = { 0 };

	uri_find_in_text(*state, STR("http://a.com www.b.com c.com d@e.com"), 100, &uris);
	assert_int_equal(uris.len, 4);
	assert_int_equal(uris.items[0].types, URI_TYPE_PARSED);
	assert_int_equal(uris.items[1].types, URI_TYPE_PARSED | URI_TYPE_SCHEMELESS);
	assert_int_equal(uris.items[2].types,
	                 URI_TYPE_PARSED | URI_TYPE_SCHEMELESS | URI_TYPE_UNLINKED);
	assert_int_equal(uris.items[3].types, URI_TYPE_PARSED | URI_TYPE_SCHEMELESS);
	assert_int_equal(uris.items[3].sources, URI_IN_TEXT);
}

static void test_each_once_and_capped(void **state)
{
	struct uri_list uris = { 0 };

	uri_find_in_text(*state, STR("a.com a.com b.com"), 2, &uris);
	assert_int_equal(uris.len, 2);
	assert_false(uris.is_full);
	uri_find_in_text(*state, STR("b.com c.com"), 2, &uris);
	assert_int_equal(uris.len, 2);
	assert_true(uris.is_full);
}

static void test_lengths(void **state)
{
	struct strbuf text;
	struct uri_list uris = { 0 };

	strbuf_init(&text, *state);
	strbuf_add(&text, STR("http://a.com/"));
	for (int i = 0; i < 2100; i++)
		strbuf_add_char(&text, 'x');
	uri_find_in_text(*state, strbuf_str(&text), 10, &uris);
	assert_int_equal(uris.len, 0);
	uri_find_in_text(*state, str_prefix(strbuf_str(&text), 2000), 10, &uris);
	assert_int_equal(uris.len, 1);
}

static void test_time_is_linear(void **state)
{
	static const char *const repeated[] = { "a.",   "@",       "a@",   "a.com/", "http://",
		                                "www.", "mailto:", "a@b ", "(",      "a.b:1",
		                                "-.",   ".com",    "x=",   "a_" };
	int64_t start = clock_monotonic_us();

	for (size_t i = 0; i < sizeof(repeated) / sizeof(*repeated); i++) {
		struct arena *arena = arena_new();
		struct uri_list uris = { 0 };
		struct strbuf text;

		strbuf_init(&text, arena);
		while (text.len < 1 << 20)
			strbuf_add(&text, str_from(repeated[i]));
		uri_find_in_text(arena, strbuf_str(&text), 1000, &uris);
		arena_free(arena);
	}
	(void)state;
	assert_true(clock_monotonic_us() - start < 20 * 1000 * 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_with_scheme),
		TEST(test_where_it_ends),
		TEST(test_www_and_ftp),
		TEST(test_bare_domains),
		TEST(test_addresses),
		TEST(test_types),
		TEST(test_each_once_and_capped),
		TEST(test_lengths),
		TEST(test_time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
