/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/uri_private.h"

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

/* All variants, separated by spaces. */
static struct str variants(void **state, const char *written)
{
	struct str_list list = { 0 };
	struct strbuf out;
	const struct str *variant;

	uri_add_variants(*state, str_from(written), NULL, &list);
	strbuf_init(&out, *state);
	vec_foreach (&list, variant)
		strbuf_printf(&out, "%s%.*s", variant == list.items ? "" : " ", STR_FMT(*variant));
	return strbuf_str(&out);
}

#define assert_variants(written, expected) assert_str(variants(state, written), expected)

static void test_plain(void **state)
{
	assert_variants("http://a.com/", "http://a.com/");
	assert_variants("http://a.com/?x=1&y#z", "http://a.com/?x=1&y#z");
	assert_variants("javascript:x()", "javascript:x()");
	assert_variants("", "");
	assert_variants("#top", "#top");
	assert_variants("?q", "?q");
	assert_variants("/path", "/path");
	assert_variants("//a.com", "//a.com http:////a.com");
}

static void test_line_breaks_and_space(void **state)
{
	assert_variants(" http://a.com/\r\nb\n", "http://a.com/b");
}

static void test_scheme_is_repaired(void **state)
{
	assert_variants("www.a.com", "www.a.com http://www.a.com");
	assert_variants("ftp.a.com", "ftp.a.com ftp://ftp.a.com");
	assert_variants("http:a.com", "http:a.com http://a.com");
	assert_variants("https:/a.com", "https:/a.com https://a.com");
	assert_variants("http:\\\\a.com\\b", "http:\\\\a.com\\b http://a.com/b");
	assert_variants("http://a.com?b", "http://a.com?b http://a.com/?b");
	assert_variants("http://a.com#b", "http://a.com#b http://a.com/#b");
}

static void test_escapes(void **state)
{
	assert_variants("http://%61.com/%2e%20%00%ff",
	                "http://%61.com/%2e%20%00%ff http://a.com/.%20%00%ff");
	assert_variants("http://a.com/%41 \"<>",
	                "http://a.com/%41 \"<> http://a.com/A%20%22%3c%3e");
	assert_variants("http://a&#46;com/&#x41;", "http://a&#46;com/&#x41; http://a.com/A");
	assert_variants("http://a&#12290;com", "http://a&#12290;com http://a.com");
	assert_variants("http://a.com/%4", "http://a.com/%4");
}

static void test_ports_and_logins(void **state)
{
	assert_variants("http://a.com:80/b", "http://a.com:80/b http://a.com/b");
	assert_variants("https://a.com:443", "https://a.com:443 https://a.com");
	assert_variants("https://a.com:80/", "https://a.com:80/");
	assert_variants("http://a.com:8080/", "http://a.com:8080/");
	assert_variants("http://u:p@a.com/", "http://u:p@a.com/");
	assert_variants("http://u@v@a.com/", "http://u@v@a.com/ http://a.com/");
	assert_variants("http://a.com!!!/", "http://a.com!!!/ http://a.com/");
	assert_variants("http://a.com\x01/", "http://a.com\x01/ http://a.com/");
}

static void test_numeric_hosts(void **state)
{
	assert_variants("http://0x7f.0.0.1/", "http://0x7f.0.0.1/ http://127.0.0.1/");
	assert_variants("http://0177.0.0.01/", "http://0177.0.0.01/ http://127.0.0.1/");
	assert_variants("http://2130706433/", "http://2130706433/ http://127.0.0.1/");
	assert_variants("http://0x7f000001/", "http://0x7f000001/ http://127.0.0.1/");
	assert_variants("http://0xfffff7f000001", "http://0xfffff7f000001 http://127.0.0.1");
	assert_variants("http://89.0x00000000000068.1.2/",
	                "http://89.0x00000000000068.1.2/ http://89.104.1.2/");
	assert_variants("http://1.2.3.4/", "http://1.2.3.4/");
	assert_variants("http://1.2.3/", "http://1.2.3/");
	assert_variants("http://1.2.3.4.5/", "http://1.2.3.4.5/");
}

static void test_guessed_hosts(void **state)
{
	assert_variants("http://name/x", "http://name/x http://www.name.com/x");
	assert_variants("http://www.name/", "http://www.name/");
	assert_variants("http://www.zzname/", "http://www.zzname/ http://www.zzname.com/");
	assert_variants("http://localhost/", "http://localhost/");
	assert_variants("http://u@name/", "http://u@name/");
	assert_variants("http://name:81/", "http://name:81/");
	assert_variants("https://name/", "https://name/");
}

static void test_international_hosts(void **state)
{
	assert_variants("http://b\xC3\xBC"
	                "cher.example/x",
	                "http://b\xC3\xBC"
	                "cher.example/x http://xn--bcher-kva.example/x");
	assert_variants("http://a.com\xE5\x8E\xBB/", "http://a.com\xE5\x8E\xBB/ "
	                                             "http://a.xn--com-gu3e/ http://a.com/");
}

static void test_redirectors(void **state)
{
	assert_variants("http://r.com/?u=http://a.com/x&y=1",
	                "http://r.com/?u=http://a.com/x&y=1 http://a.com/x");
	assert_variants("http://r.com/http:/a.com",
	                "http://r.com/http:/a.com http:/a.com http://a.com");
	assert_variants("http://r.com/?u=http%3A%2F%2Fa.com",
	                "http://r.com/?u=http%3A%2F%2Fa.com http://r.com/?u=http://a.com "
	                "http://a.com");
	assert_variants("http://r.com/?http://nodot", "http://r.com/?http://nodot");
	assert_variants("http://r.com/?http://&", "http://r.com/?http://&");
}

/* Knows one redirector: "http://r.com/go/TARGET". */
static bool find_go(void *context, struct str uri, struct str *target_r)
{
	struct str prefix = STR("http://r.com/go/");

	++*(int *)context;
	*target_r = str_from_offset(uri, prefix.len);
	return str_starts(uri, prefix);
}

static void test_known_redirectors(void **state)
{
	struct str_list list = { 0 };
	int calls = 0;
	struct uri_knowledge knowledge = { .find_target = find_go, .context = &calls };

	uri_add_variants(*state, STR("http://r.com/go/a.com?http://b.com"), &knowledge, &list);
	assert_int_equal(calls, 3);
	assert_str(list.items[1], "a.com?http://b.com");
	assert_str(list.items[list.len - 1], "http://b.com");
}

static void test_redirects_are_capped(void **state)
{
	struct str_list list = { 0 };
	struct strbuf out;

	strbuf_init(&out, *state);
	for (int i = 0; i < 500; i++)
		strbuf_printf(&out, "http://h%d.com/", i);
	uri_add_variants(*state, strbuf_str(&out), NULL, &list);
	assert_in_range(list.len, 5, 20);
}

static void test_addresses(void **state)
{
	assert_variants("mailto:a@b.com", "mailto:a@b.com");
	assert_variants("mailto:a@b.com?subject=x", "mailto:a@b.com?subject=x mailto:a@b.com");
	assert_variants("mailto:a@b.com&x", "mailto:a@b.com&x mailto:a@b.com");
	assert_variants("mailto:%20a@b.com%20", "mailto:%20a@b.com%20 mailto:a@b.com");
	assert_variants("mailto:\"X\"<a@b.com>", "mailto:\"X\"<a@b.com> mailto:a@b.com");
	assert_variants("mailto:@", "mailto:@");
	assert_variants("mailto:", "mailto:");
}

static void test_long_variants_are_cut(void **state)
{
	struct str_list list = { 0 };
	struct strbuf out;

	strbuf_init(&out, *state);
	strbuf_add(&out, STR("http://a.com/"));
	while (out.len <= HTML_MAX_URI)
		strbuf_add_char(&out, 'x');
	assert_true(uri_add_variants(*state, strbuf_str(&out), NULL, &list));
	assert_int_equal(list.items[0].len, HTML_MAX_URI);
	assert_false(uri_add_variants(*state, STR("x.com"), NULL, &list));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_line_breaks_and_space),
		TEST(test_scheme_is_repaired),
		TEST(test_escapes),
		TEST(test_ports_and_logins),
		TEST(test_numeric_hosts),
		TEST(test_guessed_hosts),
		TEST(test_international_hosts),
		TEST(test_redirectors),
		TEST(test_known_redirectors),
		TEST(test_redirects_are_capped),
		TEST(test_addresses),
		TEST(test_long_variants_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
