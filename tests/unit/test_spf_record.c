/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parser of records against an oracle: the grammar of RFC 7208 section 12 written as regular
 * expressions, on random records that are right, almost right, or rubbish.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "facts/spf_record.h"
#include "tests/unit/spf_record_text.h"

#define ROUNDS 20000

#define ESCAPES  "%%|%_|%-"
#define MACRO    "%\\{[slodiphv]([0-9]*[1-9][0-9]*)?r?[-.+,/_=]*\\}|" ESCAPES
#define LITERAL  "[!-$&-~]"
#define STRING   "(" LITERAL "|" MACRO ")*"
#define TOPLABEL "([a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])"
#define DOMAIN   STRING "(\\." TOPLABEL "\\.?|" MACRO ")"
#define PREFIX4  "/(0|[1-9]|[12][0-9]|3[0-2])"
#define PREFIX6  "/(0|[1-9][0-9]?|1[01][0-9]|12[0-8])"
#define DUAL     "(" PREFIX4 ")?(/" PREFIX6 ")?"
#define QNUM     "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define IP4      QNUM "\\." QNUM "\\." QNUM "\\." QNUM
/* What of this is an address is inet_pton()'s to say. */
#define IP6 "[0-9a-f:.]+"

#define DIRECTIVE                                                                                  \
	"^[-+~?]?(all|include:" DOMAIN "|(a|mx)(:" DOMAIN ")?" DUAL "|ptr(:" DOMAIN ")?|ip4:" IP4  \
	"(" PREFIX4 ")?|ip6:" IP6 "(" PREFIX6 ")?|exists:" DOMAIN ")$"
#define KNOWN_MODIFIER   "^(redirect|exp)=" DOMAIN "$"
#define UNKNOWN_MODIFIER "^[a-z][-a-z0-9_.]*=" STRING "$"

static regex_t directive, known_modifier, unknown_modifier;

static int compile_oracle(void **state)
{
	(void)state;
	return regcomp(&directive, DIRECTIVE, REG_EXTENDED | REG_ICASE | REG_NOSUB) ||
	       regcomp(&known_modifier, KNOWN_MODIFIER, REG_EXTENDED | REG_ICASE | REG_NOSUB) ||
	       regcomp(&unknown_modifier, UNKNOWN_MODIFIER, REG_EXTENDED | REG_ICASE | REG_NOSUB);
}

static int free_oracle(void **state)
{
	(void)state;
	regfree(&directive);
	regfree(&known_modifier);
	regfree(&unknown_modifier);
	return 0;
}

static bool matches(const regex_t *expression, const char *text)
{
	return regexec(expression, text, 0, NULL, 0) == 0;
}

static bool has_good_ip6(const char *term)
{
	unsigned char address[16];
	char text[64] = "";

	term += strspn(term, "+-~?");
	if (strncasecmp(term, "ip6:", 4) != 0)
		return true;
	term += 4;
	memcpy(text, term, strcspn(term, "/") < 64 ? strcspn(term, "/") : 63);
	return inet_pton(AF_INET6, text, address) == 1;
}

static bool oracle_term(const char *term, unsigned *redirects, unsigned *exps)
{
	bool redirect = strncasecmp(term, "redirect=", 9) == 0;
	bool exp = strncasecmp(term, "exp=", 4) == 0;

	*redirects += redirect;
	*exps += exp;
	if (redirect || exp)
		return matches(&known_modifier, term);
	return (matches(&directive, term) && has_good_ip6(term)) ||
	       matches(&unknown_modifier, term);
}

static bool oracle(const char *record)
{
	unsigned redirects = 0, exps = 0;
	char copy[1024], *rest = copy, *term;
	bool good = true;

	snprintf(copy, sizeof(copy), "%s", record + strlen("v=spf1"));
	while ((term = strsep(&rest, " ")) != NULL)
		if (term[0] != '\0')
			good &= oracle_term(term, &redirects, &exps);
	return good && redirects <= 1 && exps <= 1;
}

static uint32_t random_state = 2463534242u;

static unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

static const char *pick(const char *const *words, size_t count)
{
	return words[random_below((unsigned)count)];
}
#define PICK(words) pick(words, sizeof(words) / sizeof(words[0]))

static void random_domain(struct strbuf *out)
{
	static const char *const pieces[] = {
		"example",    ".com", "a",    ".",     "%{i}",  "%{d2}",  "%{l1r-}", "%{D}",
		"%{ir}",      "%%",   "%_",   "-",     "/24",   "/",      ":",       "1",
		"%{h}",       "%",    "%{x}", ".x-y",  ".1",    "museum", "%{c}",    "%{d0}",
		"%{s03r+/=}", "%{",   "}",    ".org.", "xn--a", "%{v}",   "%{p}",    "~",
		"!",          "_spf", ".net", ".net",
	};

	for (unsigned n = random_below(4) + 1; n > 0; n--)
		strbuf_add(out, str_from(PICK(pieces)));
	if (random_below(3) > 0)
		strbuf_add(out, STR(".example"));
}

static void random_term(struct strbuf *out)
{
	static const char *const names[] = { "all",    "a",   "mx",  "ptr", "include",
		                             "exists", "A",   "ALL", "aa",  "redirect",
		                             "exp",    "ip5", "a.b", "IP4", "moo.cow" };
	static const char *const qualifiers[] = { "", "", "", "+", "-", "~", "?", "!" };
	static const char *const prefixes[] = { "",      "",      "",        "/0",     "/24",
		                                "/32",   "/33",   "/032",    "//0",    "//64",
		                                "//128", "//129", "/24//64", "/24/64", "/",
		                                "//",    "/8x" };
	static const char *const addresses[] = {
		"ip4:192.0.2.1",   "ip4:256.0.0.1", "ip4:1.2.3", "ip4:01.2.3.4",
		"ip6:2001:db8::",  "ip6:::1",       "ip6:::",    "ip6:2001:DB8:0:1::ffff",
		"ip6:::192.0.2.1", "ip6::1",        "ip4:",      "ip6",
		"ip4:1.2.3.4.5"
	};
	static const char *const modifiers[] = {
		"redirect=", "exp=", "EXP=", "foo=", "x-y.z_1=", "1x=", "=", "default=", "op="
	};

	switch (random_below(4)) {
	case 0:
		strbuf_add(out, str_from(PICK(qualifiers)));
		strbuf_add(out, str_from(PICK(addresses)));
		break;
	case 1:
		strbuf_add(out, str_from(PICK(modifiers)));
		if (random_below(4) > 0)
			random_domain(out);
		return;
	default:
		strbuf_add(out, str_from(PICK(qualifiers)));
		strbuf_add(out, str_from(PICK(names)));
		if (random_below(2) == 0) {
			strbuf_add_char(out, ':');
			random_domain(out);
		}
	}
	strbuf_add(out, str_from(PICK(prefixes)));
}

static struct str random_record(struct arena *arena)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	strbuf_add(&out, STR("v=spf1"));
	for (unsigned n = random_below(5); n > 0; n--) {
		strbuf_add(&out, random_below(8) == 0 ? STR("  ") : STR(" "));
		random_term(&out);
	}
	if (random_below(6) == 0 && out.len > 7)
		out.data[7 + random_below((unsigned)out.len - 7)] =
			(char)(random_below(6) == 0 ? random_below(255) + 1
		                                    : 33 + random_below(94));
	return strbuf_str(&out);
}

static void check_rewriting(const struct spf_record *record)
{
	struct spf_client client = { .ip6 = random_below(2) == 0 };
	struct spf_rewriting rewriting;

	client.address[0] = 0x20;
	client.address[1] = 0x01;
	spf_record_rewrite(record, &client, random_below(150), &rewriting);
	assert_true(strlen(rewriting.text) < SPF_REWRITTEN_MAX);
	assert_true(rewriting.count <= SPF_REWRITTEN_TOKENS);
	/* Tokens only: nothing of the record's own text. */
	assert_int_equal(strspn(rewriting.text, "v=spf1 +-~?includexstr.:0123456789"),
	                 strlen(rewriting.text));
	for (size_t i = 0; i < rewriting.count; i++)
		assert_true(rewriting.terms[i] <= record->len);
}

static void test_random_records(void **state)
{
	unsigned accepted = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();
		struct str text = random_record(arena), problem, printed;
		const struct spf_record *record = spf_record_parse(arena, text, &problem), *again;

		if ((record != NULL) != oracle(arena_cstr(arena, text)))
			fail_msg("\"%.*s\" was %s", STR_FMT(text),
			         record != NULL ? "accepted" : arena_cstr(arena, problem));
		if (record != NULL) {
			accepted++;
			printed = spf_record_text(arena, record);
			again = spf_record_parse(arena, printed, &problem);
			assert_non_null(again);
			assert_int_equal(again->len, record->len);
			assert_str(spf_record_text(arena, again), arena_cstr(arena, printed));
			check_rewriting(record);
		}
		arena_free(arena);
	}
	/* The generator must make enough of both kinds. */
	assert_in_range(accepted, ROUNDS / 10, ROUNDS * 9 / 10);
}

/* Every prefix of a record is read or refused, as the oracle says. */
static void test_prefixes(void **state)
{
	static const char record[] = "v=spf1 +a:%{d2}.example.com/24//64 -mx/0 ?ip4:192.0.2.0/24 "
				     "~ip6:2001:db8::/32 exists:%{ir}.%{l1r+-}._spf.%{d} "
				     "include:_spf.example.net redirect=example.org. exp=%{h}";
	struct arena *arena = arena_new();
	struct str problem;

	(void)state;
	for (size_t len = strlen("v=spf1 "); len < sizeof(record); len++) {
		struct str text = { record, len };
		const char *copy = arena_cstr(arena, text);

		assert_int_equal(spf_record_parse(arena, text, &problem) != NULL, oracle(copy));
	}
	arena_free(arena);
}

static void test_printed(void **state)
{
	struct arena *arena = arena_new();
	struct str problem;
	const struct spf_record *record = spf_record_parse(
		arena,
		STR("V=SPF1  +A:Foo.Example/32//128 mX/0//0 -ip6:2001:DB8:0:0::/32 IP4:1.2.3.4/32 "
	            "foo=bar exp=x.%{D} Redirect=y.example ?All "),
		&problem);

	(void)state;
	assert_non_null(record);
	assert_str(spf_record_text(arena, record),
	           "v=spf1 a:Foo.Example mx/0//0 -ip6:2001:db8::/32 ip4:1.2.3.4 ?all "
	           "redirect=y.example exp=x.%{D}");
	arena_free(arena);
}

static void expect_rewriting(const char *text, const char *client_ip, const char *expected)
{
	struct arena *arena = arena_new();
	struct spf_rewriting rewriting;
	struct spf_client client;
	struct str problem;

	assert_true(spf_client_read(str_from(client_ip), &client));
	spf_record_rewrite(spf_record_parse(arena, str_from(text), &problem), &client, 5,
	                   &rewriting);
	assert_string_equal(rewriting.text, expected);
	arena_free(arena);
}

static void test_rewritten(void **state)
{
	(void)state;
	expect_rewriting("v=spf1", "192.0.2.1", "v=spf1");
	expect_rewriting("v=spf1 ip4:192.0.2.2 -all a", "192.0.2.1", "v=spf1 -exists:t5.x");
	expect_rewriting("v=spf1 ~ip4:192.0.2.9/24 -all", "::ffff:192.0.2.1",
	                 "v=spf1 ~exists:t5.x");
	expect_rewriting("v=spf1 ip4:0.0.0.0/0 ip6:2001:db8::/31 ?mx", "2001:db9::1",
	                 "v=spf1 +exists:t5.x");
	expect_rewriting("v=spf1 include:a.example ?ptr redirect=b.example", "192.0.2.1",
	                 "v=spf1 +include:t5.x ?exists:t6.x redirect=t7.x");
	/* "all" anywhere cancels the redirect, even one that this client does not reach. */
	expect_rewriting("v=spf1 redirect=b.example ip4:192.0.2.1 -all", "192.0.2.1",
	                 "v=spf1 +exists:t5.x");
	/* One more than are allowed are written, so that the limit is noticed. */
	expect_rewriting("v=spf1 a a a a a a a a a a a a a a a a -all", "192.0.2.1",
	                 "v=spf1 +exists:t5.x +exists:t6.x +exists:t7.x +exists:t8.x +exists:t9.x "
	                 "+exists:t10.x +exists:t11.x +exists:t12.x +exists:t13.x +exists:t14.x "
	                 "+exists:t15.x");
}

static void test_clients(void **state)
{
	struct spf_client client;

	(void)state;
	assert_true(spf_client_read(STR("::ffff:192.0.2.1"), &client));
	assert_false(client.ip6);
	assert_true(spf_client_matches(&client, (const unsigned char *)"\300\0\2\1", 32));
	assert_false(spf_client_matches(&client, (const unsigned char *)"\300\0\2\2", 32));
	assert_true(spf_client_matches(&client, (const unsigned char *)"\300\0\2\2", 30));
	assert_false(spf_client_matches(&client, (const unsigned char *)"\300\0\2\2", 31));
	assert_true(spf_client_matches(&client, (const unsigned char *)"\1\1\1\1", 0));
	assert_false(spf_client_read(STR("192.0.2"), &client));
	assert_false(spf_client_read(STR(""), &client));
	assert_false(spf_client_read((struct str){ "1.2.3.4\0", 8 }, &client));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_records), cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_printed),        cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_clients),
	};

	return cmocka_run_group_tests_name("spf_record", tests, compile_oracle, free_oracle);
}
