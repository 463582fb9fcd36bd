/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/html.h"
#include "tests/unit/unit.h"

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

static struct uri parse(struct arena *arena, struct str written)
{
	struct uri_list list = { 0 };

	uri_add(arena, written, &list);
	assert_int_equal(list.len, 1);
	return list.items[0];
}

static void test_parse(void **state)
{
	struct uri uri = parse(*state, STR("HTTP://u:p@WWW.Example.co.uk:80/%41?q"));

	assert_str(uri.raw, "HTTP://u:p@WWW.Example.co.uk:80/%41?q");
	assert_str(uri.canonical, "HTTP://u:p@WWW.Example.co.uk:80/A?q");
	assert_str(uri.scheme, "http");
	assert_str(uri.host, "www.example.co.uk");
	assert_str(uri.domain, "example.co.uk");
	assert_int_equal(uri.hosts.len, 1);
}

static void test_parse_without_host(void **state)
{
	struct uri uri = parse(*state, STR("javascript:alert(1)"));

	assert_str(uri.scheme, "javascript");
	assert_str(uri.host, "");
	assert_str(uri.domain, "");
	uri = parse(*state, STR(""));
	assert_str(uri.raw, "");
	assert_str(uri.host, "");
	assert_int_equal(uri.variants.len, 1);
}

static void test_parse_repairs(void **state)
{
	struct uri uri = parse(*state, STR("www.a%2Ecom"));

	assert_str(uri.scheme, "http");
	assert_str(uri.host, "www.a.com");
	assert_str(uri.canonical, "http://www.a.com");
	uri = parse(*state, STR("http://0x7f000001/"));
	assert_str(uri.host, "127.0.0.1");
	assert_str(uri.domain, "127.0.0.1");
	uri = parse(*state, STR("http://r.com/?u=http://a.com/"));
	assert_str(uri.host, "r.com");
	assert_int_equal(uri.hosts.len, 2);
	assert_str(uri.hosts.items[1].domain, "a.com");
}

static struct str host_of(void **state, const char *uri)
{
	struct uri_host host = { STR(""), STR("") };

	return uri_host_in(*state, NULL, str_from(uri), &host) ? host.host : STR("");
}

static void test_host_of(void **state)
{
	assert_str(host_of(state, "http://A.com/b"), "a.com");
	assert_str(host_of(state, "http://u@a.com:80?x"), "a.com");
	assert_str(host_of(state, "http://a.com:"), "a.com");
	assert_str(host_of(state, "mailto:x@a.com?y"), "a.com");
	assert_str(host_of(state, "mailto:x@y@a.com"), "");
	assert_str(host_of(state, "mailto:x"), "");
	assert_str(host_of(state, "cid:x@a.com"), "");
	assert_str(host_of(state, "http://a%2ecom/"), "");
	assert_str(host_of(state, "http://a.zz/"), "");
	assert_str(host_of(state, "http://192.0.2.1/"), "192.0.2.1");
}

static struct html_link_list links_of(struct arena *arena, const char *html)
{
	struct str text;

	return html_render(arena, str_from(html), 10000, READING_4_0_1, &text)->links;
}

static void test_links(void **state)
{
	struct html_link_list links = links_of(*state, "<a href=http://a.com/>x</a>"
	                                               "<a href=http://a.com/>x</a>"
	                                               "<a href=http://a.com/>y</a>"
	                                               "<img src=http://a.com/><a>z</a>");
	struct uri_list uris = { 0 };

	uri_add_links(*state, &links, 10, &uris);
	assert_int_equal(uris.len, 2);
	assert_int_equal(uris.items[0].types, URI_TYPE_A | URI_TYPE_IMG);
	assert_int_equal(uris.items[0].sources, URI_IN_LINK);
	assert_int_equal(uris.items[0].anchor_texts.len, 2);
	assert_str(uris.items[0].anchor_texts.items[1], "y");
	assert_str(uris.items[1].raw, "");
	assert_str(uris.items[1].anchor_texts.items[0], "z");
}

static void test_relative_links(void **state)
{
	struct html_link_list links = links_of(*state, "<base href=http://h.com/><a href=p>x</a>");
	struct uri_list uris = { 0 };

	uri_add_links(*state, &links, 10, &uris);
	assert_int_equal(uris.len, 3);
	assert_int_equal(uris.items[0].types, URI_TYPE_BASE);
	assert_str(uris.items[1].raw, "http://h.com/p");
	assert_int_equal(uris.items[1].types, URI_TYPE_A);
	assert_int_equal(uris.items[1].anchor_texts.len, 0);
	assert_str(uris.items[2].raw, "p");
	assert_str(uris.items[2].anchor_texts.items[0], "x");
}

static void test_links_are_capped(void **state)
{
	struct html_link_list links = links_of(*state, "<a href=a><a href=b><a href=c>");
	struct uri_list uris = { 0 };

	uri_add_links(*state, &links, 2, &uris);
	assert_int_equal(uris.len, 2);
	assert_true(uris.is_full);
}

static void test_signers(void **state)
{
	struct uri_list uris = { 0 };

	uri_add_signer(*state, STR("v=1; a=rsa; bd=x.com; d = mail. example.com; b=x"), 10, &uris);
	uri_add_signer(*state, STR("d=mail.example.com"), 10, &uris);
	uri_add_signer(*state, STR("v=1; d=nodomain"), 10, &uris);
	uri_add_signer(*state, STR("v=1"), 10, &uris);
	assert_int_equal(uris.len, 1);
	assert_str(uris.items[0].raw, "domainkeys:mail.example.com");
	assert_str(uris.items[0].domain, "example.com");
	assert_int_equal(uris.items[0].types, URI_TYPE_DOMAINKEYS);
	assert_int_equal(uris.items[0].variants.len, 0);
	uri_add_signer(*state, STR("d=a.com"), 1, &uris);
	assert_true(uris.is_full);
}

/* A long base makes each of many short links long. */
static void test_memory_is_capped(void **state)
{
	struct uri_list uris = { 0 };
	struct html_link_list links;
	struct strbuf html;

	strbuf_init(&html, *state);
	strbuf_add(&html, STR("<base href=http://h.com/"));
	for (int i = 0; i < HTML_MAX_URI - 30; i++)
		strbuf_add_char(&html, 'a');
	strbuf_add(&html, STR(">"));
	for (int i = 0; i < 30000; i++)
		strbuf_printf(&html, "<a href=%d%%20>", i);
	links = links_of(*state, arena_cstr(*state, strbuf_str(&html)));
	uri_add_links(*state, &links, SIZE_MAX, &uris);
	assert_true(arena_bytes(*state) < (size_t)100 << 20);
}

static void test_type_names(void **state)
{
	(void)state;
	assert_string_equal(uri_type_name(URI_TYPE_PARSED), "parsed");
	assert_string_equal(uri_type_name(URI_TYPE_IMG), "img");
	assert_string_equal(uri_type_name(URI_TYPE_TR), "tr");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parse),
		TEST(test_parse_without_host),
		TEST(test_parse_repairs),
		TEST(test_host_of),
		TEST(test_links),
		TEST(test_relative_links),
		TEST(test_links_are_capped),
		TEST(test_signers),
		TEST(test_memory_is_capped),
		TEST(test_type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
