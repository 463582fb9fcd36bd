/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/rules_fixture.h"

#define DATE "Date: Tue, 3 Sep 2002 10:00:00 +0000\n"
#define RECEIVED(time)                                                                             \
	"Received: from a (a.example [192.0.2.1]) by b; Tue,  3 Sep 2002 " time " +0000\n"

static void load(struct rules_fixture *f)
{
	rules_load(f, "header AHEAD eval:check_for_shifted_date('3', '12')\n"
	              "header FAR_AHEAD eval:check_for_shifted_date('12', 'undef')\n"
	              "header BEHIND eval:check_for_shifted_date('undef', '-3')\n");
}

static void the_nearest_counts(void **state)
{
	struct rules_fixture *f = *state;

	load(f);
	rules_match(f, RECEIVED("05:00:00") RECEIVED("04:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "AHEAD");
	rules_match(f, RECEIVED("05:00:00") RECEIVED("09:59:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "");
	rules_match(f, RECEIVED("14:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "BEHIND");
}

static void the_oldest_is_no_witness_of_itself(void **state)
{
	struct rules_fixture *f = *state;

	load(f);
	rules_match(f, RECEIVED("05:00:00") RECEIVED("10:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "AHEAD");
	rules_match(f, RECEIVED("10:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "");
	rules_match(f, RECEIVED("10:00:00") RECEIVED("05:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "");
}

static void fetching_is_later_than_mailing(void **state)
{
	struct rules_fixture *f = *state;

	load(f);
	rules_match(f, "Received: from localhost (localhost [127.0.0.1]) by c; "
	               "Tue, 3 Sep 2002 10:01:00 +0000\n"
	               "Received: from c [127.0.0.1] by localhost with IMAP (fetchmail-5.9.0); "
	               "Tue, 3 Sep 2002 10:01:00 +0000\n" RECEIVED("05:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "AHEAD");
	/* Without fetchmail the first one counts. */
	rules_match(f, "Received: from localhost (localhost [127.0.0.1]) by c; "
	               "Tue, 3 Sep 2002 10:01:00 +0000\n" RECEIVED("05:00:00") DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "");
}

static void what_cannot_be_read_says_nothing(void **state)
{
	struct rules_fixture *f = *state;

	load(f);
	rules_match(f, DATE "\nx\n");
	assert_string_equal(rules_hit_names(f), "");
	rules_match(f, RECEIVED("05:00:00") "Date: yesterday\n\nx\n");
	assert_string_equal(rules_hit_names(f), "");
	/* A forged field in a form of its own is no witness. */
	rules_match(
		f, RECEIVED("05:00:00") "Received: from a by b; Sep, 3 2002 9:59:00 AM +0000\n" DATE
					"\nx\n");
	assert_string_equal(rules_hit_names(f), "AHEAD");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(the_nearest_counts),
		rules_test(the_oldest_is_no_witness_of_itself),
		rules_test(fetching_is_later_than_mailing),
		rules_test(what_cannot_be_read_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
