/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions of one message: each once, continuations, late answers, patience. */
#include <stdlib.h>

#include "tests/unit/fake_dns.h"
#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "facts/dns_questions.h"

static const struct fake_record records[] = {
	{ "a.example", DNS_A, "127.0.0.2" },
	{ "b.example", DNS_A, "127.0.0.3" },
	{ "b.example", DNS_TXT, "why" },
	{ "ns.example", DNS_NS, "a.example" },
	{ "late.example", DNS_A, "NEVER" },
	{ "later.example", DNS_TXT, "NEVER" },
	{ NULL, DNS_A, NULL },
};

static const struct dns_patience short_patience = { 20, 10 };

struct fixture {
	struct fake_zone zone;
	struct dns *dns;
	struct dns_questions *questions;
	struct arena *arena;
	struct strbuf told;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->zone.records = records;
	f->dns = dns_new_from(fake_answer, &f->zone);
	f->questions = dns_questions_new(f->dns);
	f->arena = arena_new();
	strbuf_init(&f->told, f->arena);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	dns_questions_free(f->questions);
	dns_free(f->dns);
	arena_free(f->arena);
	free(f);
	return 0;
}

static const char *told(struct fixture *f)
{
	return arena_cstr(f->arena, strbuf_str(&f->told));
}

static void note(void *context, const struct dns_answer *answer)
{
	struct fixture *f = context;

	if (answer->count > 0)
		strbuf_printf(&f->told, "%u,", (unsigned char)answer->records[0].data.data[3]);
	else
		strbuf_printf(&f->told, "%s,", dns_status_name(answer->status));
}

static void run(struct fixture *f)
{
	dns_questions_run(f->questions, short_patience, deadline_never());
}

static void test_each_question_once(void **state)
{
	struct fixture *f = *state;

	assert_true(dns_questions_ask(f->questions, STR("a.example"), DNS_A, note, f));
	assert_true(dns_questions_ask(f->questions, STR("A.Example."), DNS_A, note, f));
	assert_true(dns_questions_ask(f->questions, STR("b.example"), DNS_A, note, f));
	assert_true(dns_questions_ask(f->questions, STR("a.example"), DNS_TXT, note, f));
	/* Not before the wait. */
	assert_string_equal(told(f), "");
	run(f);
	assert_string_equal(told(f), "2,2,3,no data,");
	assert_int_equal(f->zone.asked, 3);
	/* One who comes later is told, and nobody asked again. */
	assert_true(dns_questions_ask(f->questions, STR("b.example"), DNS_A, note, f));
	run(f);
	assert_string_equal(told(f), "2,2,3,no data,3,");
	assert_int_equal(f->zone.asked, 3);
	assert_int_equal(dns_questions_count(f->questions), 3);
}

static void test_what_is_asked_early(void **state)
{
	struct fixture *f = *state;

	assert_true(dns_questions_ask(f->questions, STR("late.example"), DNS_A, NULL, NULL));
	assert_true(dns_questions_ask(f->questions, STR("a.example"), DNS_A, NULL, NULL));
	/* Nobody waits for these. */
	assert_false(dns_questions_open(f->questions));
	assert_true(dns_questions_ask(f->questions, STR("a.example"), DNS_A, note, f));
	run(f);
	assert_string_equal(told(f), "2,");
	assert_int_equal(f->zone.asked, 2);
}

static void test_bad_names(void **state)
{
	struct fixture *f = *state;

	assert_false(dns_questions_ask(f->questions, STR(""), DNS_A, note, f));
	assert_false(dns_questions_ask(f->questions, STR("."), DNS_A, note, f));
	assert_false(dns_questions_ask(f->questions, STR("a..example"), DNS_A, note, f));
	assert_int_equal(dns_questions_count(f->questions), 0);
}

static void ask_for_address(void *context, const struct dns_answer *answer)
{
	struct fixture *f = context;

	assert_int_equal(answer->count, 1);
	dns_questions_ask(f->questions, answer->records[0].data, DNS_A, note, f);
}

static void test_chain(void **state)
{
	struct fixture *f = *state;

	dns_questions_ask(f->questions, STR("ns.example"), DNS_NS, ask_for_address, f);
	run(f);
	assert_string_equal(told(f), "2,");
}

static void test_late(void **state)
{
	struct fixture *f = *state;
	struct str_list late;

	dns_questions_ask(f->questions, STR("late.example"), DNS_A, note, f);
	dns_questions_ask(f->questions, STR("a.example"), DNS_A, note, f);
	dns_questions_ask(f->questions, STR("later.example"), DNS_TXT, note, f);
	dns_questions_ask(f->questions, STR("later.example"), DNS_A, NULL, NULL);
	assert_true(dns_questions_open(f->questions));
	run(f);
	assert_string_equal(told(f), "2,");
	assert_true(dns_questions_open(f->questions));
	dns_questions_late(f->questions, f->arena, &late);
	assert_int_equal(late.len, 2);
	assert_string_equal(arena_cstr(f->arena, late.items[0]), "late.example A");
	assert_string_equal(arena_cstr(f->arena, late.items[1]), "later.example TXT");
}

/* The deadline holds where the patience is longer. */
static void test_deadline(void **state)
{
	struct fixture *f = *state;

	dns_questions_ask(f->questions, STR("late.example"), DNS_A, note, f);
	dns_questions_run(f->questions, (struct dns_patience){ 3600000, 3600000 },
	                  deadline_in_ms(5));
	assert_true(dns_questions_open(f->questions));
}

/* The tightest zone's patience counts: here 5 ms of one, and an hour of all others. */
static void test_patience_by_zone(void **state)
{
	static const struct dns_zone_patience zones[] = {
		{ STR_INIT("example"), { 3600000, 3600000 } },
		{ STR_INIT("late.example"), { 5, 5 } },
	};
	struct fixture *f = *state;

	dns_questions_set_zones(f->questions, zones, 2);
	dns_questions_ask(f->questions, STR("late.example"), DNS_A, note, f);
	dns_questions_run(f->questions, (struct dns_patience){ 3600000, 3600000 },
	                  deadline_in_ms(600000));
	assert_true(dns_questions_open(f->questions));
}

static bool third_look(const void *context)
{
	return ++*(int *)(uintptr_t)context == 3;
}

/* Something else that comes ends the waiting, though an answer is missing; and none waits for it
 * where no answer is. */
static void test_until(void **state)
{
	static const struct dns_patience hour = { 3600000, 3600000 };
	struct fixture *f = *state;
	int looks = 0;

	dns_questions_ask(f->questions, STR("a.example"), DNS_A, note, f);
	dns_questions_run_until(f->questions, hour, deadline_never(), third_look, &looks);
	assert_int_equal(looks, 0);
	assert_string_equal(told(f), "2,");
	dns_questions_ask(f->questions, STR("late.example"), DNS_A, note, f);
	dns_questions_run_until(f->questions, hour, deadline_never(), third_look, &looks);
	assert_int_equal(looks, 3);
	assert_true(dns_questions_open(f->questions));
	/* The patience ends it, too. */
	dns_questions_run_until(f->questions, short_patience, deadline_never(), third_look, &looks);
	assert_true(dns_questions_open(f->questions));
}

/* The table in SpamAssassin's documentation of rbl_timeout, for 15 and 3 seconds. */
static void test_patience(void **state)
{
	const struct dns_patience patience = { 15000, 3000 };
	static const int64_t expected[] = { 15000, 14880, 14520, 13920, 13080, 12000,
		                            10680, 9120,  7320,  5280,  3000 };

	(void)state;
	for (size_t i = 0; i <= 10; i++)
		assert_in_range(dns_patience_ms(patience, i, 10), expected[i] - 1, expected[i]);
	assert_int_equal(dns_patience_ms(patience, 0, 0), 3000);
	assert_int_equal(dns_patience_ms((struct dns_patience){ 1000, 2000 }, 0, 4), 2000);
}

#define question_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		question_test(test_each_question_once),
		question_test(test_what_is_asked_early),
		question_test(test_bad_names),
		question_test(test_chain),
		question_test(test_late),
		question_test(test_deadline),
		question_test(test_patience),
		question_test(test_until),
		question_test(test_patience_by_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
