/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list.h"
#include "tests/unit/unit.h"

#include "facts/dns_list_file.h"
#include "facts/dns_list_health.h"
#include "tests/unit/fake_dns.h"

static enum dns_list_meaning meaning(const char *zone, int a, int b, int c, int d)
{
	char octets[4] = { (char)a, (char)b, (char)c, (char)d };

	return dns_list_meaning(str_from(zone), (struct str){ octets, 4 });
}

/* For every list, private ones too. */
static void test_meaning_anywhere(void **state)
{
	(void)state;
	assert_int_equal(meaning("bl.example", 127, 0, 0, 2), DNS_LIST_LISTED);
	assert_int_equal(meaning("bl.example", 127, 0, 0, 1), DNS_LIST_LISTED);
	assert_int_equal(meaning("bl.example", 127, 0, 1, 255), DNS_LIST_LISTED);
	assert_int_equal(meaning("bl.example", 127, 255, 254, 255), DNS_LIST_LISTED);
	assert_int_equal(meaning("bl.example", 127, 254, 255, 255), DNS_LIST_LISTED);
	for (int d = 0; d < 256; d++)
		assert_int_equal(meaning("bl.example", 127, 255, 255, d), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("bl.example", 126, 0, 0, 2), DNS_LIST_REWRITTEN);
	assert_int_equal(meaning("bl.example", 128, 0, 0, 2), DNS_LIST_REWRITTEN);
	assert_int_equal(meaning("bl.example", 198, 51, 100, 2), DNS_LIST_REWRITTEN);
	assert_int_equal(dns_list_meaning(STR("bl.example"), STR("\177\0\0")), DNS_LIST_REWRITTEN);
}

static void test_meaning_by_operator(void **state)
{
	(void)state;
	assert_int_equal(meaning("multi.uribl.com", 127, 0, 0, 1), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("black.uribl.com", 127, 0, 0, 255), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("multi.uribl.com", 127, 0, 0, 2), DNS_LIST_LISTED);
	assert_int_equal(meaning("multi.uribl.com", 127, 0, 1, 1), DNS_LIST_LISTED);
	assert_int_equal(meaning("multi.surbl.org", 127, 0, 0, 1), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("multi.surbl.org", 127, 0, 0, 65), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("MULTI.SURBL.ORG", 127, 0, 0, 1), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("multi.surbl.org", 127, 0, 0, 64), DNS_LIST_LISTED);
	assert_int_equal(meaning("notsurbl.org", 127, 0, 0, 1), DNS_LIST_LISTED);
	assert_int_equal(meaning("dbl.spamhaus.org", 127, 0, 1, 255), DNS_LIST_MISASKED);
	assert_int_equal(meaning("key.dbl.dq.spamhaus.net", 127, 0, 1, 255), DNS_LIST_MISASKED);
	assert_int_equal(meaning("key.zrd.dq.spamhaus.net", 127, 0, 2, 255), DNS_LIST_MISASKED);
	assert_int_equal(meaning("dbl.spamhaus.org", 127, 0, 1, 2), DNS_LIST_LISTED);
	assert_int_equal(meaning("zen.spamhaus.org", 127, 0, 1, 255), DNS_LIST_LISTED);
	assert_int_equal(meaning("list.dnswl.org", 127, 0, 0, 255), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("list.dnswl.org", 127, 0, 15, 255), DNS_LIST_BLOCKED);
	assert_int_equal(meaning("list.dnswl.org", 127, 0, 15, 3), DNS_LIST_LISTED);
	assert_int_equal(meaning("2.0.0.127.list.dnswl.org", 127, 0, 5, 255), DNS_LIST_BLOCKED);
}

static bool counts(const char *zone, enum dns_type type, const char *octets, bool wants_notices)
{
	struct dns_record record = { .data = { octets, 4 } };

	return dns_list_record_counts(str_from(zone), type, &record, wants_notices);
}

static void test_counts(void **state)
{
	(void)state;
	assert_true(counts("bl.example", DNS_A, "\177\0\0\2", false));
	assert_false(counts("bl.example", DNS_A, "\177\0\0\2", true));
	assert_false(counts("bl.example", DNS_A, "\177\377\377\376", false));
	assert_true(counts("bl.example", DNS_A, "\177\377\377\376", true));
	assert_false(counts("bl.example", DNS_A, "\306\063\144\2", false));
	assert_false(counts("bl.example", DNS_A, "\306\063\144\2", true));
	assert_true(counts("bl.example", DNS_TXT, "text", false));
	assert_false(counts("bl.example", DNS_TXT, "text", true));
}

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND)

static const struct dns_list_sign absent = { .status = DNS_NXDOMAIN };
static const struct dns_list_sign no_data = { .status = DNS_NODATA };
static const struct dns_list_sign silent = { .status = DNS_TIMEOUT };
static const struct dns_list_sign failed = { .status = DNS_FAILED };
static const struct dns_list_sign listed = { .status = DNS_OK, .meanings = 1 << DNS_LIST_LISTED };
static const struct dns_list_sign blocked = { .status = DNS_OK, .meanings = 1 << DNS_LIST_BLOCKED };
static const struct dns_list_sign misasked = { .status = DNS_OK,
	                                       .meanings = 1 << DNS_LIST_MISASKED };
static const struct dns_list_sign rewritten = { .status = DNS_OK,
	                                        .meanings = 1 << DNS_LIST_REWRITTEN };

static enum dns_list_trouble probe(struct dns_list_health *health, struct dns_list_sign present,
                                   struct dns_list_sign missing)
{
	int64_t now = health->probe_us;

	assert_true(dns_list_health_begin_probe(health, now));
	assert_false(dns_list_health_begin_probe(health, now));
	dns_list_health_probed(health, present, missing, now + SECOND);
	return health->trouble;
}

static enum dns_list_trouble first_probe(struct dns_list_sign present, struct dns_list_sign missing)
{
	struct dns_list_health health = dns_list_health_new(true, START);

	assert_int_equal(health.probe_us, START);
	return probe(&health, present, missing);
}

static void test_first_probe(void **state)
{
	(void)state;
	assert_int_equal(first_probe(listed, absent), DNS_LIST_FINE);
	assert_int_equal(first_probe(listed, no_data), DNS_LIST_FINE);
	assert_int_equal(first_probe(absent, absent), DNS_LIST_FINE);
	assert_int_equal(first_probe(listed, silent), DNS_LIST_FINE);
	assert_int_equal(first_probe(silent, absent), DNS_LIST_FINE);
	assert_int_equal(first_probe(misasked, absent), DNS_LIST_FINE);
	assert_int_equal(first_probe(listed, listed), DNS_LIST_LISTS_ALL);
	assert_int_equal(first_probe(absent, listed), DNS_LIST_LISTS_ALL);
	assert_int_equal(first_probe(silent, silent), DNS_LIST_SILENT);
	assert_int_equal(first_probe(failed, silent), DNS_LIST_FAILS);
	assert_int_equal(first_probe(failed, failed), DNS_LIST_FAILS);
	assert_int_equal(first_probe(blocked, blocked), DNS_LIST_REFUSES);
	assert_int_equal(first_probe(blocked, absent), DNS_LIST_REFUSES);
	assert_int_equal(first_probe(listed, rewritten), DNS_LIST_MADE_UP);
	assert_int_equal(first_probe(rewritten, rewritten), DNS_LIST_MADE_UP);
}

/* A list that never had a test entry is used; one that lost it isn't. */
static void test_entry_gone(void **state)
{
	struct dns_list_health health = dns_list_health_new(true, START);

	(void)state;
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);
	assert_true(health.confirmed);
	assert_int_equal(probe(&health, absent, absent), DNS_LIST_EMPTY);
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);
}

static void back_off(struct dns_list_sign sign, int64_t most)
{
	struct dns_list_health health = dns_list_health_new(true, START);
	int64_t before, wait = 0, last = 0;

	probe(&health, listed, absent);
	assert_int_equal(health.probe_us, START + SECOND + DNS_LIST_PROBE_US);
	assert_false(dns_list_health_begin_probe(&health, health.probe_us - 1));
	for (int i = 0; i < 20; i++) {
		before = health.probe_us;
		probe(&health, sign, sign);
		wait = health.probe_us - before - SECOND;
		if (i == 0)
			assert_int_equal(wait, DNS_LIST_RETRY_US);
		assert_true(wait == last * 2 || wait == most || i == 0);
		last = wait;
	}
	assert_int_equal(wait, most);
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);
}

/* Where the resolver was silent, lists are back soon after it. */
static void test_hourly_then_back_off(void **state)
{
	(void)state;
	back_off(listed, DNS_LIST_PROBE_US);
	back_off(failed, DNS_LIST_SILENCE_US);
	back_off(silent, DNS_LIST_SILENCE_US);
}

/* One question without an answer: the list is asked again once a probe is answered, but rests
 * where that repeats itself. */
static void test_silence(void **state)
{
	struct dns_list_health health = dns_list_health_new(true, START);
	int64_t now;

	(void)state;
	probe(&health, listed, absent);
	now = START + 10 * SECOND;
	dns_list_health_answered(&health, silent, now);
	assert_int_equal(health.trouble, DNS_LIST_SILENT);
	assert_int_equal(health.since_us, now);
	assert_int_equal(health.probe_us, now);
	dns_list_health_answered(&health, silent, now + SECOND);
	assert_int_equal(health.probe_us, now);
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);

	dns_list_health_answered(&health, silent, now + 20 * SECOND);
	assert_int_equal(health.trouble, DNS_LIST_SILENT);
	assert_int_equal(health.probe_us, now + 20 * SECOND + DNS_LIST_RETRY_US);
	probe(&health, listed, absent);
	dns_list_health_answered(&health, silent, now + 60 * SECOND);
	assert_int_equal(health.probe_us, now + 60 * SECOND + 2 * DNS_LIST_RETRY_US);

	probe(&health, listed, absent);
	dns_list_health_answered(&health, absent, now + 200 * SECOND);
	dns_list_health_answered(&health, silent, now + 201 * SECOND);
	assert_int_equal(health.probe_us, now + 201 * SECOND);
}

static void test_notices_to_messages(void **state)
{
	struct dns_list_health health = dns_list_health_new(true, START);

	(void)state;
	probe(&health, listed, absent);
	dns_list_health_answered(&health, listed, START + 100 * SECOND);
	dns_list_health_answered(&health, misasked, START + 100 * SECOND);
	assert_int_equal(health.trouble, DNS_LIST_FINE);
	assert_int_equal(health.probe_us, START + SECOND + DNS_LIST_PROBE_US);
	/* Somebody's failure may be that name's only, so a probe decides, and not all the time. */
	dns_list_health_answered(&health, failed, START + 100 * SECOND);
	assert_int_equal(health.trouble, DNS_LIST_FINE);
	assert_int_equal(health.probe_us, START + 100 * SECOND);
	probe(&health, listed, absent);
	dns_list_health_answered(&health, rewritten, START + 110 * SECOND);
	assert_true(health.probe_us > START + 200 * SECOND);
	dns_list_health_answered(&health, rewritten, START + 170 * SECOND);
	assert_int_equal(health.probe_us, START + 170 * SECOND);
	assert_int_equal(probe(&health, rewritten, rewritten), DNS_LIST_MADE_UP);
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);

	dns_list_health_answered(&health, blocked, START + 9000 * SECOND);
	assert_int_equal(health.trouble, DNS_LIST_REFUSES);
	assert_int_equal(health.probe_us, START + 9000 * SECOND + DNS_LIST_REFUSED_US);
	assert_int_equal(probe(&health, blocked, blocked), DNS_LIST_REFUSES);
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);
}

/* A list that has no test entries and whose servers ignore questions for them, but answers. */
static void test_answers_outweigh_probe(void **state)
{
	struct dns_list_health health = dns_list_health_new(true, START);

	(void)state;
	assert_true(dns_list_health_begin_probe(&health, START));
	dns_list_health_answered(&health, absent, START + SECOND);
	dns_list_health_probed(&health, silent, silent, START + 5 * SECOND);
	assert_int_equal(health.trouble, DNS_LIST_FINE);
	assert_int_equal(probe(&health, silent, silent), DNS_LIST_SILENT);
}

static void test_stopped(void **state)
{
	struct dns_list_health health = dns_list_health_new(false, START);

	(void)state;
	assert_int_equal(health.probe_us, INT64_MAX);
	dns_list_health_answered(&health, silent, START);
	assert_int_equal(health.trouble, DNS_LIST_FINE);
	dns_list_health_stopped(&health, START, START + 300 * SECOND);
	assert_int_equal(health.trouble, DNS_LIST_STOPPED);
	assert_false(dns_list_health_begin_probe(&health, START + 299 * SECOND));
	assert_int_equal(health.trouble, DNS_LIST_STOPPED);
	assert_false(dns_list_health_begin_probe(&health, START + 300 * SECOND));
	assert_int_equal(health.trouble, DNS_LIST_FINE);

	health = dns_list_health_new(true, START);
	assert_true(dns_list_health_begin_probe(&health, START));
	dns_list_health_stopped(&health, START, START + 300 * SECOND);
	dns_list_health_probed(&health, listed, absent, START + SECOND);
	assert_int_equal(health.trouble, DNS_LIST_STOPPED);
	assert_int_equal(probe(&health, listed, absent), DNS_LIST_FINE);
}

static struct dns_list_report report_of(struct arena *arena, const char *zone)
{
	struct dns_list_reports reports;
	struct dns_list_report *report;

	dns_lists_report(arena, &reports);
	vec_foreach (&reports, report) {
		if (str_eq(report->zone, str_from(zone)))
			return *report;
	}
	return (struct dns_list_report){ 0 };
}

static void test_set(void **state)
{
	struct arena *arena = arena_new(), *other = arena_new(), *reports = arena_new();
	struct dns_list_set *set = dns_list_set_new(arena);
	struct dns_list_reports all;

	(void)state;
	dns_list_set_add(set, STR("BL.Example."), DNS_LIST_ADDRESSES);
	dns_list_set_add(set, STR("bl.example"), DNS_LIST_NAMES);
	dns_list_set_add(set, STR("sub.bl.example"), DNS_LIST_NAMES);
	dns_list_set_add(set, STR("operator.example"), 0);
	dns_list_set_add(set, STR("zen.operator.example"), DNS_LIST_ADDRESSES);
	assert_int_equal(dns_list_set_len(set), 4);
	assert_str(dns_list_zone(dns_list_of(set, STR("2.0.0.127.bl.example"))), "bl.example");
	assert_str(dns_list_zone(dns_list_of(set, STR("x.sub.bl.example"))), "sub.bl.example");
	assert_null(dns_list_of(set, STR("xbl.example")));
	assert_null(dns_list_of(set, STR("mail.operator.example")));
	assert_null(dns_list_of(set, STR("")));
	assert_int_equal(report_of(reports, "bl.example").kinds,
	                 DNS_LIST_ADDRESSES | DNS_LIST_NAMES);

	/* What is above a name stops it; another set of the same process knows of it. */
	dns_list_stop(set, STR("operator.example"), 300);
	dns_list_stop(set, STR("unknown.example"), 300);
	assert_false(dns_list_may_ask(set, STR("1.zen.operator.example")));
	assert_true(dns_list_may_ask(set, STR("1.bl.example")));
	assert_true(dns_list_may_ask(set, STR("nowhere.example")));
	set = dns_list_set_new(other);
	dns_list_set_add(set, STR("operator.example"), 0);
	arena_free(arena);
	assert_false(dns_list_may_ask(set, STR("1.zen.operator.example")));
	assert_int_equal(report_of(reports, "operator.example").refused, 2);
	assert_int_equal(report_of(reports, "operator.example").trouble, DNS_LIST_STOPPED);
	arena_free(other);
	dns_lists_report(reports, &all);
	assert_int_equal(all.len, 0);
	arena_free(reports);
}

static void test_counters(void **state)
{
	struct arena *arena = arena_new();
	struct dns_list_set *set = dns_list_set_new(arena);
	struct dns_rdata two[] = { { (const unsigned char *)"\177\0\0\2", 4, DNS_A },
		                   { (const unsigned char *)"\177\377\377\377", 4, DNS_A } };
	struct dns_answer *answers[] = {
		dns_answer_new(DNS_OK, DNS_A, 60, two, 1),
		dns_answer_new(DNS_NXDOMAIN, DNS_A, 60, NULL, 0),
		dns_answer_new(DNS_FAILED, DNS_A, 0, NULL, 0),
		dns_answer_new(DNS_OK, DNS_A, 60, two, 2),
	};
	struct dns_list *list;
	struct dns_list_report report;

	(void)state;
	dns_list_set_add(set, STR("bl.example"), DNS_LIST_ADDRESSES);
	list = dns_list_pin(dns_list_of(set, STR("1.bl.example")));
	for (size_t i = 0; i < 4; i++) {
		dns_list_note(list, DNS_A, answers[i], (int64_t)(i + 1) * 1000);
		dns_answer_unpin(answers[i]);
	}
	report = report_of(arena, "bl.example");
	assert_int_equal(report.asked, 4);
	assert_int_equal(report.listed, 1);
	assert_int_equal(report.notices, 1);
	assert_int_equal(report.failures, 1);
	assert_int_equal(report.waited_us, 10000);
	assert_int_equal(report.longest_us, 4000);
	assert_int_equal(report.trouble, DNS_LIST_REFUSES);
	assert_false(dns_list_may_ask(set, STR("1.bl.example")));
	dns_list_unpin(list);
	dns_list_unpin(NULL);
	arena_free(arena);
}

static void test_file(void **state)
{
	static const char *const damaged[] = {
		"",
		"assay lists 2\n",
		"assay lists 1\nbl.example 1 0 1 1 0 0 0 0 0 0 0 0 0 0\n",
		"assay lists 1\nbl.example 1 99 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"assay lists 1\nbl.example 1 -1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"assay lists 1\nbl.example 1 0 1 1 0 0 0 x 0 0 0 0 0 0 0\n",
		"assay lists 1\nbl.example 1 0 1 1 0 0 0 0 0 0 0 0 0 0 0 0\n",
		"assay lists 1\nbl.example 1 0 1 1 9223372036854775807 0 0 0 0 0 0 0 0 0 0\n",
	};
	struct arena *arena = arena_new();
	struct dns_list_reports before = { 0 }, after;
	struct dns_list_report one = { .zone = STR_INIT("bl.example"),
		                       .kinds = DNS_LIST_NAMES,
		                       .probed = true,
		                       .trouble = DNS_LIST_EMPTY,
		                       .since_us = 1000,
		                       .probe_us = 9000,
		                       .probe_took_us = 3,
		                       .asked = 4,
		                       .listed = 5,
		                       .notices = 6,
		                       .timeouts = 7,
		                       .failures = 8,
		                       .refused = 9,
		                       .waited_us = 10,
		                       .longest_us = 11 };
	struct dns_list_report only_stopped = { .zone = STR_INIT("x.example"),
		                                .probe_us = INT64_MAX };
	struct error error;
	struct str text;

	(void)state;
	vec_push(arena, &before, one);
	vec_push(arena, &before, only_stopped);
	text = dns_list_file_text(arena, &before, 2000);
	/* Read by a process whose clock began elsewhere. */
	assert_true(dns_list_file_parse(arena, text, 52000, &after, &error));
	assert_int_equal(after.len, 1);
	assert_str(after.items[0].zone, "bl.example");
	assert_int_equal(after.items[0].since_us, 51000);
	assert_int_equal(after.items[0].probe_us, 59000);
	one.zone = after.items[0].zone;
	one.since_us = 51000;
	one.probe_us = 59000;
	assert_memory_equal(&after.items[0], &one, sizeof(one));
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		assert_false(dns_list_file_parse(arena, str_from(damaged[i]), 0, &after, &error));
	arena_free(arena);
}

static void test_probes(void **state)
{
	static const struct fake_record records[] = {
		{ "2.0.0.127.good.example", DNS_A, "127.0.0.2" },
		{ "test.names.example", DNS_A, "127.0.1.2" },
		{ "invalid.liar.example", DNS_A, "127.0.1.2" },
		{ "2.0.0.127.over.example", DNS_A, "127.255.255.255" },
		{ "2.0.0.127.dead.example", DNS_A, "TIMEOUT" },
		{ "1.0.0.127.dead.example", DNS_A, "TIMEOUT" },
		{ 0 },
	};
	struct fake_zone zone = { .records = records };
	struct dns *dns = dns_new_from(fake_answer, &zone);
	struct arena *arena = arena_new();
	struct dns_list_set *set = dns_list_set_new(arena);

	(void)state;
	dns_list_set_add(set, STR("good.example"), DNS_LIST_ADDRESSES);
	dns_list_set_add(set, STR("names.example"), DNS_LIST_NAMES);
	dns_list_set_add(set, STR("liar.example"), DNS_LIST_NAMES);
	dns_list_set_add(set, STR("over.example"), DNS_LIST_ADDRESSES);
	dns_list_set_add(set, STR("dead.example"), DNS_LIST_ADDRESSES);
	dns_lists_probe(dns);
	dns_lists_settle(deadline_never());
	assert_int_equal(zone.asked, 10);
	assert_true(report_of(arena, "good.example").confirmed);
	assert_true(report_of(arena, "names.example").confirmed);
	assert_int_equal(report_of(arena, "good.example").trouble, DNS_LIST_FINE);
	assert_int_equal(report_of(arena, "liar.example").trouble, DNS_LIST_LISTS_ALL);
	assert_int_equal(report_of(arena, "over.example").trouble, DNS_LIST_REFUSES);
	assert_int_equal(report_of(arena, "dead.example").trouble, DNS_LIST_SILENT);
	dns_lists_probe(dns);
	assert_int_equal(zone.asked, 10);
	for (int i = 1; i < DNS_LIST_TROUBLE_COUNT; i++) {
		assert_true(dns_list_trouble_text(i)[0] != '\0');
		assert_true(dns_list_advice(i)[0] != '\0');
	}
	arena_free(arena);
	dns_free(dns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning_anywhere),
		cmocka_unit_test(test_meaning_by_operator),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_first_probe),
		cmocka_unit_test(test_entry_gone),
		cmocka_unit_test(test_hourly_then_back_off),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_notices_to_messages),
		cmocka_unit_test(test_answers_outweigh_probe),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_probes),
	};

	return cmocka_run_group_tests_name("dns_list", tests, NULL, NULL);
}
