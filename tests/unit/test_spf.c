/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the RFC 7208 suite does not ask: who decided, limits, deadlines, and hostile records. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "facts/spf.h"
#include "tests/unit/fake_dns.h"

static const struct fake_record zone_records[] = {
	{ "example.com", DNS_TXT,
	  "v=spf1 a:nx1.example include:_spf.example.net mx -all exp=why.example" },
	{ "example.com", DNS_TXT, "something else" },
	{ "_spf.example.net", DNS_TXT,
	  "v=spf1 ?ip4:192.0.2.99 ip4:192.0.2.0/26 redirect=more.example.net" },
	{ "more.example.net", DNS_TXT, "v=spf1 exists:%{i}.list.example -all" },
	{ "192.0.2.100.list.example", DNS_A, "127.0.0.2" },
	{ "example.com", DNS_MX, "mx.example.com" },
	{ "mx.example.com", DNS_A, "192.0.2.200" },
	{ "mx.example.com", DNS_AAAA, "2001:db8::25" },
	{ "why.example", DNS_TXT, "%{i} is not for %{o} at %{r}" },
	{ "redirected.example", DNS_TXT, "v=spf1 redirect=example.com" },
	{ "empty.example", DNS_TXT, "v=spf1" },
	{ "slow.example", DNS_TXT, "TIMEOUT" },
	{ "down.example", DNS_TXT, "FAIL" },
	{ "downmx.example", DNS_TXT, "v=spf1 mx ~all" },
	{ "downmx.example", DNS_MX, "FAIL" },
	{ "downptr.example", DNS_TXT, "v=spf1 ptr ~all" },
	{ "4.2.0.192.in-addr.arpa", DNS_PTR, "FAIL" },
	{ "5.2.0.192.in-addr.arpa", DNS_PTR, "lost.downptr.example" },
	{ "5.2.0.192.in-addr.arpa", DNS_PTR, "host.downptr.example" },
	{ "lost.downptr.example", DNS_A, "TIMEOUT" },
	{ "host.downptr.example", DNS_A, "192.0.2.5" },
	{ "helo.example", DNS_TXT, "v=spf1 -all" },
	{ "loop.example", DNS_TXT, "v=spf1 include:loop.example -all" },
	{ "xn--bcher-kva.example", DNS_TXT, "v=spf1 exists:%{o}.idn.example -all" },
	{ "xn--bcher-kva.example.idn.example", DNS_A, "127.0.0.2" },
	{ "local.example", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" },
	{ 0 },
};

static struct fake_zone zone = { zone_records, 0, 0 };

static const struct spf_result *check_in(struct arena *arena, struct dns *dns, const char *ip,
                                         const char *sender, const char *helo)
{
	struct spf *spf = spf_new(dns, 0);
	struct spf_input input = { str_from(ip), str_from(helo), str_from(sender),
		                   STR("us.example") };
	const struct spf_result *result =
		spf_check_await(arena, spf_check_start(spf, &input), deadline_in_ms(5000));

	dns_free(dns);
	spf_free(spf);
	return result;
}

static const struct spf_result *check(struct arena *arena, const char *ip, const char *sender)
{
	return check_in(arena, dns_new_from(fake_answer, &zone), ip, sender, "helo.example");
}

static void test_results(void **state)
{
	static const struct {
		const char *ip, *sender;
		enum spf_status status;
		const char *mechanism, *decided_in, *problem;
	} cases[] = {
		{ "192.0.2.1", "joe@example.com", SPF_STATUS_PASS, "include:_spf.example.net",
		  "ip4:192.0.2.0/26 of _spf.example.net", "" },
		{ "192.0.2.100", "joe@example.com", SPF_STATUS_PASS, "include:_spf.example.net",
		  "exists:%{i}.list.example of more.example.net", "" },
		{ "192.0.2.200", "joe@example.com", SPF_STATUS_PASS, "mx", "", "" },
		{ "2001:db8::25", "joe@example.com", SPF_STATUS_PASS, "mx", "", "" },
		{ "192.0.2.201", "joe@example.com", SPF_STATUS_FAIL, "-all", "", "" },
		{ "192.0.2.201", "joe@redirected.example", SPF_STATUS_FAIL, "-all",
		  "-all of example.com", "" },
		{ "192.0.2.1", "joe@empty.example", SPF_STATUS_NEUTRAL, "default", "", "" },
		{ "192.0.2.1", "joe@nothing.example", SPF_STATUS_NONE, "", "",
		  "nothing.example has no SPF record" },
		{ "192.0.2.1", "joe", SPF_STATUS_NONE, "", "", "\"joe\" is no domain of mail" },
		{ "192.0.2.1", "joe@slow.example", SPF_STATUS_TEMPERROR, "", "",
		  "DNS lookup of TXT slow.example: timeout" },
		{ "192.0.2.1", "joe@down.example", SPF_STATUS_TEMPERROR, "", "",
		  "DNS lookup of TXT down.example: server failure" },
		{ "192.0.2.1", "joe@downmx.example", SPF_STATUS_TEMPERROR, "", "",
		  "DNS lookup of MX downmx.example: server failure" },
		/* Section 5.5: trouble with names of the client is no trouble. */
		{ "192.0.2.4", "joe@downptr.example", SPF_STATUS_SOFTFAIL, "~all", "", "" },
		{ "192.0.2.5", "joe@downptr.example", SPF_STATUS_PASS, "ptr", "", "" },
		{ "192.0.2.1", "joe@loop.example", SPF_STATUS_PERMERROR, "", "",
		  "more than 10 terms need DNS lookups" },
		{ "127.0.0.1", "joe@local.example", SPF_STATUS_FAIL, "-all", "", "" },
		{ "192.0.2.1",
		  "joe@b\xc3\xbc"
		  "cher.example",
		  SPF_STATUS_PASS, "exists:%{o}.idn.example", "", "" },
		{ "192.0.2.1", "joe@\xff.example", SPF_STATUS_NONE, "", "",
		  "\"\xff.example\" is no domain of mail" },
		{ "::ffff:192.0.2.1", "joe@local.example", SPF_STATUS_PASS, "ip4:192.0.2.1", "",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		const struct spf_result *result = check(arena, cases[i].ip, cases[i].sender);

		if (result->mail_from.status != cases[i].status)
			fail_msg("%s %s: %s (%.*s)", cases[i].ip, cases[i].sender,
			         spf_status_name(result->mail_from.status),
			         STR_FMT(result->mail_from.problem));
		assert_str(result->mail_from.mechanism, cases[i].mechanism);
		assert_str(result->mail_from.decided_in, cases[i].decided_in);
		assert_str(result->mail_from.problem, cases[i].problem);
		assert_int_equal(result->helo_check.status, SPF_STATUS_FAIL);
		assert_false(result->timed_out);
		arena_free(arena);
	}
}

static void test_explanation_and_lookups(void **state)
{
	struct arena *arena = arena_new();
	const struct spf_result *result = check(arena, "192.0.2.201", "joe@example.com");
	const struct spf_lookup *last =
		&result->mail_from.lookups[result->mail_from.lookup_count - 1];

	(void)state;
	assert_str(result->mail_from.explanation,
	           "192.0.2.201 is not for example.com at us.example");
	assert_int_equal(result->mail_from.terms, 5);
	assert_int_equal(result->mail_from.void_lookups, 2);
	assert_str(result->mail_from.lookups[0].name, "example.com");
	assert_str(result->mail_from.lookups[1].answer, "does not exist");
	assert_str(last->answer, "%{i} is not for %{o} at %{r}");
	arena_free(arena);
}

static void test_null_sender(void **state)
{
	struct arena *arena = arena_new();
	const struct spf_result *result = check(arena, "192.0.2.1", "");

	(void)state;
	assert_int_equal(result->mail_from.status, SPF_STATUS_FAIL);
	assert_str(result->mail_from.identity, "postmaster@helo.example");
	assert_int_equal(result->helo_check.status, SPF_STATUS_FAIL);
	arena_free(arena);
}

static void test_no_address(void **state)
{
	struct dns *dns = dns_new_from(fake_answer, &zone);
	struct spf *spf = spf_new(dns, 0);
	struct spf_input input = { .client_ip = STR("unknown") };

	(void)state;
	assert_null(spf_check_start(spf, &input));
	spf_check_abandon(NULL);
	dns_free(dns);
	spf_free(spf);
}

/* Answers every TXT question with one text, and nothing else. */
static struct dns_answer *same_text(void *context, struct str name, enum dns_type type)
{
	(void)name;
	if (type == DNS_TXT)
		return fake_text_answer(*(struct str *)context, 0);
	return dns_answer_new(DNS_NXDOMAIN, type, 0, NULL, 0);
}

/* Answers questions for hostile.example with a record, and all other TXT with the explanation. */
static struct dns_answer *hostile_explanation(void *context, struct str name, enum dns_type type)
{
	struct str record = STR("v=spf1 -all exp=exp.hostile.example");

	return same_text(str_eq(name, STR("hostile.example")) ? (void *)&record : context, name,
	                 type);
}

/* Each count of each macro, with literals of many lengths: what broke libspf2's own parser. */
static void test_long_macro_strings(void **state)
{
	static const char *const macros[] = { "%{i}", "%{ir}", "%{S}", "%{l1r-}",
		                              "%_",   "%%",    "%-",   "x" };
	static const unsigned counts[] = { 1, 60, 63, 64, 126, 127, 128, 129, 255, 256, 511, 1000 };
	static const char *const forms[] = { "v=spf1 exists:%.*s.example.com -all",
		                             "v=spf1 a:%.*s.%%{d} -all",
		                             "v=spf1 include:%.*s.com -all", "v=spf1 foo=%.*s -all",
		                             "v=spf1 -all exp=%.*s.com" };

	(void)state;
	for (size_t m = 0; m < sizeof(macros) / sizeof(macros[0]); m++) {
		for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
			struct arena *arena = arena_new();
			struct strbuf body;
			struct str text;

			strbuf_init(&body, arena);
			for (unsigned i = 0; i < counts[c]; i++)
				strbuf_add(&body, str_from(macros[m]));
			for (unsigned i = 0; i < counts[c]; i++)
				strbuf_add_char(&body, 'a');
			text = strbuf_str(&body);
			assert_int_equal(check_in(arena, dns_new_from(hostile_explanation, &text),
			                          "2001:db8::1", "joe@hostile.example", "h.example")
			                         ->mail_from.status,
			                 SPF_STATUS_FAIL);
			for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
				struct str record = STR("v=spf1");

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
				record = arena_printf(arena, forms[f], STR_FMT(strbuf_str(&body)));
#pragma GCC diagnostic pop
				(void)check_in(arena, dns_new_from(same_text, &record), "192.0.2.1",
				               "joe@hostile.example", "h.example");
			}
			arena_free(arena);
		}
	}
}

/* A server that never answers: the check ends by its deadline, and can be left at any time. */
static void test_deadlines(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	struct arena *arena = arena_new();
	struct dns_settings settings = { .timeout_ms = 60000 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct spf_input input = { STR("192.0.2.1"), STR("h.example"), STR("joe@example.com"),
		                   STR("us.example") };
	const struct spf_result *result;
	struct spf_check *checks[3];
	struct error error;
	struct dns *dns;
	struct spf *spf;
	int64_t start;

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	vec_push(arena, &settings.servers,
	         arena_printf(arena, "127.0.0.1@%d", ntohs(address.sin_port)));
	dns = dns_new(&settings, &error);
	spf = spf_new(dns, 3000);
	start = clock_monotonic_us();
	for (int i = 0; i < 3; i++)
		checks[i] = spf_check_start(spf, &input);
	spf_check_abandon(checks[2]);
	result = spf_check_await(arena, checks[0], deadline_in_ms(50));
	assert_true(clock_monotonic_us() - start < 2900000);
	assert_true(result->timed_out);
	assert_int_equal(result->mail_from.status, SPF_STATUS_TEMPERROR);
	result = spf_check_await(arena, checks[1], deadline_never());
	assert_in_range(clock_monotonic_us() - start, 2999000, 60000000);
	assert_true(result->timed_out);
	assert_true(str_starts(result->mail_from.problem, STR("no result within ")));
	dns_free(dns);
	spf_free(spf);
	close(fd);
	arena_free(arena);
}

static void test_status_words(void **state)
{
	enum spf_status status;

	(void)state;
	for (int i = 0; i < SPF_STATUS_COUNT; i++) {
		assert_true(
			spf_status_read(str_from(spf_status_name((enum spf_status)i)), &status));
		assert_int_equal(status, i);
	}
	assert_true(spf_status_read(STR("SoftFail"), &status));
	assert_false(spf_status_read(STR("hardfail"), &status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_explanation_and_lookups),
		cmocka_unit_test(test_null_sender),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_long_macro_strings),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_status_words),
	};

	return cmocka_run_group_tests_name("spf", tests, NULL, NULL);
}
