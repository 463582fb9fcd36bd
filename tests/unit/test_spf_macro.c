/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/strbuf.h"
#include "facts/spf_macro.h"

static const struct spf_macro_values values = {
	.sender = STR_INIT("strong-bad@email.example.com"),
	.local = STR_INIT("strong-bad"),
	.domain = STR_INIT("email.example.com"),
	.current = STR_INIT("email.example.com"),
	.ip = STR_INIT("192.0.2.3"),
	.client_name = STR_INIT("mx.example.org"),
	.ip_version = STR_INIT("in-addr"),
	.helo = STR_INIT("helo.example"),
	.pretty_ip = STR_INIT("192.0.2.3"),
	.receiver = STR_INIT("us.example"),
	.time = STR_INIT("1000000000"),
};

/* The table of RFC 7208 section 7.4, and its neighbours. */
static void test_expand(void **state)
{
	static const char *const cases[][2] = {
		{ "%{s}", "strong-bad@email.example.com" },
		{ "%{o}", "email.example.com" },
		{ "%{d}", "email.example.com" },
		{ "%{d4}", "email.example.com" },
		{ "%{d3}", "email.example.com" },
		{ "%{d2}", "example.com" },
		{ "%{d1}", "com" },
		{ "%{dr}", "com.example.email" },
		{ "%{d2r}", "example.email" },
		{ "%{l}", "strong-bad" },
		{ "%{l-}", "strong.bad" },
		{ "%{lr}", "strong-bad" },
		{ "%{lr-}", "bad.strong" },
		{ "%{l1r-}", "strong" },
		{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
		{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
		{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		  "3.2.0.192.in-addr.strong.lp._spf.example.com" },
		{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
		{ "a%%b%_c%-d", "a%b c%20d" },
		{ "%{S}", "strong-bad%40email.example.com" },
		{ "%{h} %{p} %{c} %{r} %{t}",
		  "helo.example mx.example.org 192.0.2.3 us.example 1000000000" },
		{ "%{d99999999999999999999r}", "com.example.email" },
		{ "%{s2.@}", NULL },
		{ "", "" },
	};
	struct arena *arena = arena_new();
	const char *problem;
	struct str text;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str spec = str_from(cases[i][0]);

		if (cases[i][1] == NULL) {
			assert_false(spf_macro_check(spec, SPF_MACRO_EXPLAIN, &problem));
			continue;
		}
		assert_true(spf_macro_check(spec, SPF_MACRO_EXPLAIN, &problem));
		assert_true(spf_macro_expand(arena, spec, &values, &text));
		assert_str(text, cases[i][1]);
	}
	arena_free(arena);
}

static void test_check(void **state)
{
	static const struct {
		const char *text;
		bool domain, string, explain;
	} cases[] = {
		{ "example.com", true, true, true }, { "example.com.", true, true, true },
		{ "com", false, true, true },        { "%{d}", true, true, true },
		{ "foo.%{d}.", false, true, true },  { "%{d}com", false, true, true },
		{ "%{d}.com", true, true, true },    { "foo%%", true, true, true },
		{ "a.b-", false, true, true },       { "a.-b", false, true, true },
		{ "a.1-2", true, true, true },       { "a.12", false, true, true },
		{ "a b.com", false, false, true },   { "%{c}", false, false, true },
		{ "%{R}", false, false, true },      { "%{z}", false, false, false },
		{ "%{d0}", false, false, false },    { "%{d00}", false, false, false },
		{ "%{d02}", true, true, true },      { "%{drr}", false, false, false },
		{ "%{d", false, false, false },      { "%{", false, false, false },
		{ "%", false, false, false },        { "%(d)", false, false, false },
		{ "\t.com", false, false, false },   { "\x80.com", false, false, false },
		{ "\x7f.com", false, false, false }, { "", false, true, true },
	};
	const char *problem;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str text = str_from(cases[i].text);

		if (spf_macro_check(text, SPF_MACRO_DOMAIN_SPEC, &problem) != cases[i].domain ||
		    spf_macro_check(text, SPF_MACRO_STRING, &problem) != cases[i].string ||
		    spf_macro_check(text, SPF_MACRO_EXPLAIN, &problem) != cases[i].explain)
			fail_msg("\"%s\" is not seen as it should be", cases[i].text);
	}
	assert_false(spf_macro_check((struct str){ "a.co\0m", 6 }, SPF_MACRO_STRING, &problem));
}

static void test_expansion_is_bounded(void **state)
{
	struct arena *arena = arena_new();
	struct strbuf spec;
	struct str text;

	(void)state;
	strbuf_init(&spec, arena);
	for (int i = 0; i < 1000; i++)
		strbuf_add(&spec, STR("%{S}"));
	assert_true(spf_macro_expand(arena, strbuf_str(&spec), &values, &text));
	assert_int_equal(text.len, 1000 * strlen("strong-bad%40email.example.com"));
	for (int i = 0; i < 3000; i++)
		strbuf_add(&spec, STR("%{S}"));
	assert_false(spf_macro_expand(arena, strbuf_str(&spec), &values, &text));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_expansion_is_bounded),
	};

	return cmocka_run_group_tests_name("spf_macro", tests, NULL, NULL);
}
