/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/uri_resolve.h"

/* RFC 3986 section 5.4, without what a lenient reader takes otherwise. */
static const struct {
	const char *reference;
	const char *target;
} rfc_examples[] = {
	{ "g:h", "g:h" },
	{ "g", "http://a/b/c/g" },
	{ "./g", "http://a/b/c/g" },
	{ "g/", "http://a/b/c/g/" },
	{ "/g", "http://a/g" },
	{ "//g", "http://g" },
	{ "?y", "http://a/b/c/d;p?y" },
	{ "g?y", "http://a/b/c/g?y" },
	{ "#s", "http://a/b/c/d;p?q#s" },
	{ "g#s", "http://a/b/c/g#s" },
	{ "g?y#s", "http://a/b/c/g?y#s" },
	{ ";x", "http://a/b/c/;x" },
	{ "g;x?y#s", "http://a/b/c/g;x?y#s" },
	{ "", "http://a/b/c/d;p?q" },
	{ ".", "http://a/b/c/" },
	{ "./", "http://a/b/c/" },
	{ "..", "http://a/b/" },
	{ "../", "http://a/b/" },
	{ "../g", "http://a/b/g" },
	{ "../..", "http://a/" },
	{ "../../", "http://a/" },
	{ "../../g", "http://a/g" },
	{ "../../../g", "http://a/g" },
	{ "/./g", "http://a/g" },
	{ "/../g", "http://a/g" },
	{ "g.", "http://a/b/c/g." },
	{ ".g", "http://a/b/c/.g" },
	{ "g..", "http://a/b/c/g.." },
	{ "./../g", "http://a/b/g" },
	{ "./g/.", "http://a/b/c/g/" },
	{ "g/./h", "http://a/b/c/g/h" },
	{ "g/../h", "http://a/b/c/h" },
	{ "g;x=1/./y", "http://a/b/c/g;x=1/y" },
	{ "g;x=1/../y", "http://a/b/c/y" },
	{ "g?y/../x", "http://a/b/c/g?y/../x" },
	{ "http:g", "http://a/b/c/g" },
};

static void test_rfc_examples(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rfc_examples) / sizeof(*rfc_examples); i++)
		assert_str(uri_resolve(arena, STR("http://a/b/c/d;p?q"),
		                       str_from(rfc_examples[i].reference)),
		           rfc_examples[i].target);
	arena_free(arena);
}

static void test_without_base(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_str(uri_resolve(arena, STR(""), STR("http://a/b/../c")), "http://a/c");
	assert_str(uri_resolve(arena, STR(""), STR("HTTP://A/b?../c")), "HTTP://A/b?../c");
	assert_str(uri_resolve(arena, STR(""), STR("//www2.a/b")), "http://www2.a/b");
	assert_str(uri_resolve(arena, STR(""), STR("//ftp.a/b")), "ftp://ftp.a/b");
	assert_str(uri_resolve(arena, STR(""), STR("//a/b")), "//a/b");
	assert_str(uri_resolve(arena, STR(""), STR("www.a/b")), "www.a/b");
	assert_str(uri_resolve(arena, STR(""), STR("http://a/#b\nc")), "http://a/#b");
	assert_str(uri_resolve(arena, STR(""), STR("")), "");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_examples),
		cmocka_unit_test(test_without_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
