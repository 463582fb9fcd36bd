/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dmarc.h"
#include "facts/dmarc_record.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/unit.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_records(void **state)
{
	static const struct {
		const char *text;
		bool read;
		enum dmarc_policy p, sp, np;
	} cases[] = {
		{ "v=DMARC1; p=none", true, 0, 0, 0 },
		{ "v=DMARC1;p=reject", true, 2, 2, 2 },
		{ "v=DMARC1 ; P = Reject ; sp=none", true, 2, 0, 0 },
		{ "v=DMARC1; p=none; sp=quarantine; np=reject;", true, 0, 1, 2 },
		{ "v=DMARC1; p=quarantine; np=reject", true, 1, 1, 2 },
		{ "v=DMARC1; p=reject; odd; =; x=y;;", true, 2, 2, 2 },
		{ "v=DMARC1; rua=mailto:a@b.example", true, 0, 0, 0 },
		{ "v=DMARC1; p=maybe; rua=mailto:a@b.example", true, 0, 0, 0 },
		{ "v=DMARC1; p=reject; sp=maybe; rua=mailto:a@b.example", true, 0, 0, 0 },
		{ "v=DMARC1; p=reject; sp=maybe", false, 0, 0, 0 },
		{ "v=DMARC1; p=maybe; rua=x", false, 0, 0, 0 },
		{ "v=DMARC1", false, 0, 0, 0 },
		{ "p=reject; v=DMARC1", false, 0, 0, 0 },
		{ "v=dmarc1; p=reject", false, 0, 0, 0 },
		{ "v=DMARC12; p=reject", false, 0, 0, 0 },
		{ "v=spf1 -all", false, 0, 0, 0 },
		{ "", false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dmarc_record record;
		bool read = dmarc_record_read(str_from(cases[i].text), &record);

		if (read != cases[i].read ||
		    (read && (record.policy != cases[i].p || record.subdomains != cases[i].sp ||
		              record.missing != cases[i].np)))
			fail_msg("%s: %d, %d %d %d", cases[i].text, read, (int)record.policy,
			         (int)record.subdomains, (int)record.missing);
	}
}

static void test_names(void **state)
{
	struct dmarc_names names;

	(void)state;
	assert_true(dmarc_names_of(arena, STR("Mail.Example.COM."), &names));
	assert_int_equal(names.count, 3);
	assert_str(names.author, "mail.example.com");
	assert_str(names.questions[0], "_dmarc.mail.example.com");
	assert_str(names.questions[1], "_dmarc.example.com");
	assert_str(names.questions[2], "_dmarc.com");
	assert_true(dmarc_names_of(arena, STR("a.b.c.d.e.f.g.h.i.j.example.com"), &names));
	assert_int_equal(names.count, 8);
	assert_str(names.domains[1], "f.g.h.i.j.example.com");
	assert_str(names.domains[7], "com");
	assert_true(dmarc_names_of(arena,
	                           STR("b\xC3\xBC"
	                               "cher.example"),
	                           &names));
	assert_str(names.author, "xn--bcher-kva.example");
	assert_false(dmarc_names_of(arena, STR("localhost"), &names));
	assert_false(dmarc_names_of(arena, STR(""), &names));
	assert_false(dmarc_names_of(arena, STR("a..b"), &names));
}

/* One judgement; the records by name, and what did not answer as "?" */
struct given {
	const char *author;
	const char *records[6]; /* name, text, name, text … */
	const char *spf, *dkim;
	bool missing;
};

static struct dmarc judge(const struct given *given)
{
	struct dns_answer *answers[DMARC_NAMES_MAX];
	struct str_list signers = { 0 };
	struct dmarc_names names;
	struct dmarc_input input = { .names = &names,
		                     .answers = (const struct dns_answer *const *)answers,
		                     .spf_domain = str_from(given->spf),
		                     .signers = &signers,
		                     .author_missing = given->missing };
	struct dmarc result;

	if (given->dkim != NULL)
		vec_push(arena, &signers, str_from(given->dkim));
	assert_true(dmarc_names_of(arena, str_from(given->author), &names));
	for (size_t i = 0; i < names.count; i++) {
		answers[i] = dns_answer_new(DNS_NXDOMAIN, DNS_TXT, 0, NULL, 0);
		for (size_t k = 0; k < 6 && given->records[k] != NULL; k += 2) {
			if (!str_eq(names.domains[i], str_from(given->records[k])))
				continue;
			dns_answer_unpin(answers[i]);
			answers[i] = strcmp(given->records[k + 1], "?") == 0
			                     ? NULL
			                     : fake_text_answer(str_from(given->records[k + 1]), 0);
		}
	}
	result = dmarc_judge(arena, &input);
	for (size_t i = 0; i < names.count; i++)
		dns_answer_unpin(answers[i]);
	return result;
}

static void check(struct given given, enum dmarc_result result, enum dmarc_policy policy)
{
	struct dmarc dmarc = judge(&given);

	if (dmarc.result != result || dmarc.policy != policy)
		fail_msg("%s: %s %s", given.author, dmarc_result_name(dmarc.result),
		         dmarc_policy_name(dmarc.policy));
}

#define RECORD(name, text) .records = { name, text }

static void test_alignment(void **state)
{
	(void)state;
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject"),
	                      .spf = "a.com" },
	      DMARC_PASS, 2);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject"),
	                      .spf = "b.a.com" },
	      DMARC_PASS, 2);
	check((struct given){ .author = "b.a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject"),
	                      .dkim = "A.com" },
	      DMARC_PASS, 2);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject"),
	                      .spf = "aa.com" },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject"),
	                      .dkim = "com" },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "a.com", RECORD("a.com", "v=DMARC1; p=none") }, DMARC_FAIL,
	      0);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject; aspf=s"),
	                      .spf = "b.a.com" },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject; adkim=s"),
	                      .dkim = "b.a.com" },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject; adkim=s"),
	                      .dkim = "a.com" },
	      DMARC_PASS, 2);
	check((struct given){ .author = "a.com",
	                      RECORD("a.com", "v=DMARC1; p=reject; adkim=s"),
	                      .spf = "b.a.com" },
	      DMARC_PASS, 2);
	/* Neighbours below a public suffix are strangers. */
	check((struct given){ .author = "a.co.uk",
	                      RECORD("a.co.uk", "v=DMARC1; p=reject"),
	                      .dkim = "b.co.uk" },
	      DMARC_FAIL, 2);
}

static void test_policies(void **state)
{
	static const char all[] = "v=DMARC1; p=reject; sp=quarantine; np=none";

	(void)state;
	check((struct given){ .author = "a.com", RECORD("a.com", all) }, DMARC_FAIL, 2);
	check((struct given){ .author = "b.a.com", RECORD("a.com", all) }, DMARC_FAIL, 1);
	check((struct given){ .author = "b.a.com", RECORD("a.com", all), .missing = true },
	      DMARC_FAIL, 0);
	check((struct given){ .author = "a.com", RECORD("a.com", "v=DMARC1; p=reject; t=y") },
	      DMARC_FAIL, 1);
	check((struct given){ .author = "a.com", RECORD("a.com", "v=DMARC1; p=reject; pct=0") },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "b.a.com",
	                      .records = { "a.com", "v=DMARC1; p=reject", "b.a.com",
	                                   "v=DMARC1; p=none" } },
	      DMARC_FAIL, 0);
	check((struct given){ .author = "a.com" }, DMARC_NONE, 0);
	check((struct given){ .author = "a.com", RECORD("a.com", "v=spf1 -all") }, DMARC_NONE, 0);
	/* Of domains between it and the author's, the one with the fewest labels has the record. */
	check((struct given){ .author = "c.b.a.com",
	                      RECORD("b.a.com", "v=DMARC1; p=none; sp=reject") },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "d.c.b.a.com",
	                      .records = { "c.b.a.com", "v=DMARC1; p=reject", "b.a.com",
	                                   "v=DMARC1; p=quarantine" } },
	      DMARC_FAIL, 1);
	check((struct given){ .author = "d.c.b.a.com",
	                      .records = { "c.b.a.com", "v=DMARC1; p=reject", "a.com",
	                                   "v=DMARC1; p=none" } },
	      DMARC_FAIL, 0);
	check((struct given){ .author = "c.b.a.com",
	                      RECORD("b.a.com", "v=DMARC1; p=reject"),
	                      .spf = "x.a.com" },
	      DMARC_PASS, 2);
	/* Not that of a public suffix, unless it says that it is one. */
	check((struct given){ .author = "b.a.co.uk", RECORD("co.uk", "v=DMARC1; p=reject") },
	      DMARC_NONE, 0);
	check((struct given){ .author = "b.a.co.uk",
	                      .records = { "co.uk", "v=DMARC1; p=reject; psd=y", "a.co.uk",
	                                   "v=DMARC1; p=none" } },
	      DMARC_FAIL, 0);
	check((struct given){ .author = "c.b.a.co.uk",
	                      .records = { "co.uk", "v=DMARC1; p=reject; psd=y", "b.a.co.uk",
	                                   "v=DMARC1; p=none" } },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "a.com", RECORD("com", "v=DMARC1; p=reject") }, DMARC_NONE,
	      0);
	check((struct given){ .author = "a.com",
	                      RECORD("com", "v=DMARC1; p=reject; psd=y; np=none") },
	      DMARC_FAIL, 2);
	/* A part of the organisation may stand for itself. */
	check((struct given){ .author = "c.b.a.com",
	                      .records = { "b.a.com", "v=DMARC1; p=reject; psd=n", "a.com",
	                                   "v=DMARC1; p=none" },
	                      .dkim = "a.com" },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "c.b.a.com",
	                      .records = { "b.a.com", "v=DMARC1; p=reject; psd=n" },
	                      .dkim = "x.b.a.com" },
	      DMARC_PASS, 2);
}

static void test_answers_that_are_missing(void **state)
{
	(void)state;
	check((struct given){ .author = "a.com", RECORD("a.com", "?") }, DMARC_TEMPERROR, 0);
	check((struct given){ .author = "b.a.com", RECORD("a.com", "?") }, DMARC_TEMPERROR, 0);
	check((struct given){ .author = "a.com", RECORD("com", "?") }, DMARC_NONE, 0);
	check((struct given){ .author = "c.b.a.com", RECORD("b.a.com", "?") }, DMARC_TEMPERROR, 0);
	check((struct given){ .author = "c.b.a.com",
	                      .records = { "b.a.com", "?", "a.com", "v=DMARC1; p=reject" } },
	      DMARC_FAIL, 2);
	check((struct given){ .author = "c.b.a.com",
	                      .records = { "a.com", "?", "b.a.com", "v=DMARC1; p=reject" } },
	      DMARC_TEMPERROR, 0);
	check((struct given){ .author = "b.a.com",
	                      .records = { "b.a.com", "v=DMARC1; p=none", "a.com", "?" } },
	      DMARC_FAIL, 0);
}

static void test_two_records(void **state)
{
	const struct fake_record records[] = {
		{ "_dmarc.a.com", DNS_TXT, "v=DMARC1; p=reject" },
		{ "_dmarc.a.com", DNS_TXT, "v=DMARC1; p=none" },
		{ 0 },
	};
	struct fake_zone zone = { records, 0, 0 };
	struct dns_answer *both = fake_answer(&zone, STR("_dmarc.a.com"), DNS_TXT);
	struct dns_answer *none = dns_answer_new(DNS_NXDOMAIN, DNS_TXT, 0, NULL, 0);
	const struct dns_answer *answers[] = { both, none };
	struct dmarc_names names;
	struct dmarc_input input = { .names = &names, .answers = answers };

	(void)state;
	assert_true(dmarc_names_of(arena, STR("a.com"), &names));
	assert_int_equal(dmarc_judge(arena, &input).result, DMARC_NONE);
	dns_answer_unpin(both);
	dns_answer_unpin(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_alignment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_policies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers_that_are_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_records, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
