/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `assay doctor` makes of what it reads, and of what no test can bring about: disks that are
 * full, and clocks that nobody keeps. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "cli/doctor_clock.h"
#include "cli/doctor_disk.h"
#include "cli/doctor_milters.h"
#include "cli/doctor_public.h"

static int set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void assert_finding(const struct doctor *doctor, enum doctor_level level, const char *words)
{
	const struct doctor_finding *finding = &doctor->findings.items[0];

	assert_int_equal(doctor->findings.len, 1);
	if (finding->level != level || str_find(finding->text, str_from(words)) < 0)
		fail_msg("%s: %.*s; not %s: %s", doctor_level_name(finding->level),
		         STR_FMT(finding->text), doctor_level_name(level), words);
	assert_true(finding->mend.len > 0 || level <= DOCTOR_UNKNOWN);
}

/* Disks. */

#define GB (UINT64_C(1) << 30)
#define MB (UINT64_C(1) << 20)

static void judge_disk(void **state, const struct doctor_disk_facts *facts, enum doctor_level level,
                       const char *words)
{
	struct doctor doctor = { .arena = *state, .check = "disk" };
	struct doctor_disk_facts all = *facts;

	all.path = "/var/lib/assay";
	all.key = "store";
	if (level == DOCTOR_FINE) {
		assert_false(doctor_disk_judge(&doctor, &all));
		assert_int_equal(doctor.findings.len, 0);
		return;
	}
	assert_true(doctor_disk_judge(&doctor, &all));
	assert_finding(&doctor, level, words);
}

static void test_disks(void **state)
{
	const struct doctor_disk_facts
		fine = { .free = 50 * GB, .total = 100 * GB },
		full = { .free = 0, .total = 100 * GB },
		nearly = { .free = 63 * MB, .total = 100 * GB },
		small = { .free = 400 * MB, .total = 1 * GB },
		scarce = { .free = 2 * GB, .total = 100 * GB },
		large = { .free = 20 * GB, .total = 1000 * GB },
		fixed = { .free = 50 * GB, .total = 100 * GB, .read_only = true },
		files = { .free = 50 * GB, .total = 100 * GB, .free_files = 5, .files = 100000 },
		no_files = { .free = 50 * GB, .total = 100 * GB, .free_files = 0, .files = 0 },
		grows = { .free = 50 * GB, .total = 100 * GB, .wanted = INT64_C(60) << 30 };

	judge_disk(state, &fine, DOCTOR_FINE, "");
	judge_disk(state, &large, DOCTOR_FINE, "");
	judge_disk(state, &no_files, DOCTOR_FINE, "");
	judge_disk(state, &full, DOCTOR_FAULT, "0.0 kB are free");
	judge_disk(state, &nearly, DOCTOR_FAULT,
	           "63 MB are free; without room nothing is recorded");
	judge_disk(state, &small, DOCTOR_WARNING, "400 MB are free");
	judge_disk(state, &scarce, DOCTOR_WARNING, "2.0 GB are free");
	judge_disk(state, &fixed, DOCTOR_FAULT, "can only be read");
	judge_disk(state, &files, DOCTOR_WARNING, "room for 5 more files");
	judge_disk(state, &grows, DOCTOR_HINT, "records may yet take 60 GB");
}

/* Clocks. */

static void judge_clock(void **state, struct doctor_clock_facts facts, enum doctor_level level,
                        const char *words)
{
	struct doctor doctor = { .arena = *state, .check = "clock" };

	facts.now_s = 1800000000;
	facts.newest = "a record";
	doctor_clock_judge(&doctor, &facts);
	assert_finding(&doctor, level, words);
}

static void test_clocks(void **state)
{
	struct doctor_clock_facts kept = { .known = true, .kept = true, .newest_s = 1799999000 },
				  loose = { .known = true }, inside = loose, unknown = { 0 },
				  lost = kept, behind = kept, little = kept;

	inside.elsewhere = true;
	lost.error_us = INT64_C(16) * 1000000;
	behind.newest_s = 1800000000 + 3 * 3600;
	little.newest_s = 1800000000 + 60;
	judge_clock(state, kept, DOCTOR_FINE, "kept by NTP");
	judge_clock(state, little, DOCTOR_FINE, "kept by NTP");
	judge_clock(state, loose, DOCTOR_WARNING, "nothing keeps the clock right");
	judge_clock(state, inside, DOCTOR_HINT, "does not know of anything");
	judge_clock(state, unknown, DOCTOR_UNKNOWN, "doesn't tell");
	judge_clock(state, lost, DOCTOR_WARNING, "may be off by 16 s");
	judge_clock(state, behind, DOCTOR_FAULT, "a record is of 3 h later than now");
}

/* Milters of the MTAs. */

static void test_milters_of_postfix(void **state)
{
	struct doctor_milters milters = doctor_milters_postfix(
		*state, STR(" unix:a, { inet:[::1]:8891, default_action = accept,\n"
	                    "\tconnect_timeout=5, command_timeout=2m content_timeout=1h,\n"
	                    " { protocol = 6 } }\tinet:localhost:1,{unix:/b c=d}, {} {"));

	assert_int_equal(milters.len, 5);
	assert_str(milters.items[0].address, "unix:a");
	assert_str(milters.items[0].action, "");
	assert_int_equal(milters.items[0].content_ms, -1);
	assert_str(milters.items[1].address, "inet:[::1]:8891");
	assert_int_equal(milters.items[1].connect_ms, 5000);
	assert_int_equal(milters.items[1].command_ms, 120000);
	assert_int_equal(milters.items[1].content_ms, 3600000);
	assert_str(milters.items[1].protocol, "6");
	assert_str(milters.items[2].address, "inet:localhost:1");
	assert_str(milters.items[3].address, "unix:/b");
	assert_int_equal(doctor_milters_postfix(*state, STR("")).len, 0);
}

/* With or without blanks around "=". */
static void test_action_of_postfix(void **state)
{
	static const char *const texts[] = { "{ unix:a, default_action=tempfail }",
		                             "{unix:a default_action=tempfail}",
		                             "{ unix:a, { default_action = tempfail } }" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct doctor_milters milters = doctor_milters_postfix(*state, str_from(texts[i]));

		assert_int_equal(milters.len, 1);
		assert_str(milters.items[0].action, "tempfail");
	}
}

static void test_milters_of_sendmail(void **state)
{
	static const char cf[] = "# X marks nothing\n"
				 "O InputMailFilters=second, first\n"
				 "Xfirst, S=local:/run/a, F=R, T=C:5m;S:10s;R:20s;E:1h\n"
				 "Xsecond,\tS=inet:8891@127.0.0.1\n"
				 "Xthird, S=unix:/c, F=T\n"
				 "Xfourth, S=unix:/d, F=4\n"
				 "Mlocal, P=/bin/x\n";
	struct doctor_milters unused, used = doctor_milters_sendmail(*state, STR(cf), &unused);

	assert_int_equal(used.len, 2);
	assert_str(used.items[0].address, "inet:8891@127.0.0.1");
	assert_str(used.items[0].action, "accept");
	assert_int_equal(used.items[0].content_ms, -1);
	assert_str(used.items[1].address, "local:/run/a");
	assert_str(used.items[1].action, "reject");
	assert_int_equal(used.items[1].connect_ms, 300000);
	assert_int_equal(used.items[1].send_ms, 10000);
	assert_int_equal(used.items[1].command_ms, 20000);
	assert_int_equal(used.items[1].content_ms, 3600000);
	assert_int_equal(unused.len, 2);
	assert_str(unused.items[0].action, "tempfail");
	assert_str(unused.items[1].action, "shutdown");
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = { { "30", 30000 },     { "30s", 30000 },   { "5m", 300000 },
		     { " 2h ", 7200000 }, { "1d", 86400000 }, { "1w", 604800000 },
		     { "", -1 },          { "s", -1 },        { "-1", -1 },
		     { "1x", -1 },        { "1h30m", -1 },    { "99999999999", -1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(doctor_milters_time_ms(str_from(rows[i].text)), rows[i].ms);
}

/* Resolvers. */

static void test_public_resolvers(void **state)
{
	static const char *const others[] = {
		"127.0.0.1", "127.0.0.53@53", "192.0.2.8", "10.8.8.8", "8.8.8.9",
		"::1",       "2001:db8::8",   "",          "nonsense"
	};

	(void)state;
	assert_string_equal(doctor_public_resolver(STR("8.8.8.8")), "Google");
	assert_string_equal(doctor_public_resolver(STR("8.8.4.4@53")), "Google");
	assert_string_equal(doctor_public_resolver(STR("1.1.1.2")), "Cloudflare");
	assert_string_equal(doctor_public_resolver(STR("2620:fe::9")), "Quad9");
	assert_string_equal(doctor_public_resolver(STR("2606:4700:4700:0:0:0:0:1111@5353")),
	                    "Cloudflare");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(doctor_public_resolver(str_from(others[i])));
}

/* What a check's process hands over. */

static void test_findings_as_json(void **state)
{
	struct doctor doctor = { .arena = *state, .check = "one" };
	struct doctor_findings back = { 0 };
	char *text;
	json_t *json;

	doctor_tell(&doctor, DOCTOR_HINT, STR("do \"this\""), "a %s\nb\xff", "line");
	doctor_tell(&doctor, DOCTOR_FAULT, STR(""), "worse");
	doctor_tell(&doctor, DOCTOR_HINT, STR(""), "second");
	json = doctor_findings_json(*state, &doctor.findings);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	assert_true(doctor_findings_read(*state, str_from(text), &back));
	free(text);
	assert_int_equal(doctor_findings_worst(&back), DOCTOR_FAULT);
	doctor_findings_sort(&back);
	assert_int_equal(back.len, 3);
	assert_str(back.items[0].text, "worse");
	assert_str(back.items[1].text, "a line\nb\xef\xbf\xbd");
	assert_str(back.items[1].mend, "do \"this\"");
	assert_str(back.items[1].check, "one");
	assert_str(back.items[2].text, "second");
	assert_false(doctor_findings_read(*state, STR("[{\"level\":\"none\"}]"), &back));
	assert_false(doctor_findings_read(*state, STR("{}"), &back));
	assert_false(doctor_findings_read(*state, STR("[1"), &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_disks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_milters_of_postfix, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_action_of_postfix, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_milters_of_sendmail, set_up, tear_down),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_public_resolvers),
		cmocka_unit_test_setup_teardown(test_findings_as_json, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
