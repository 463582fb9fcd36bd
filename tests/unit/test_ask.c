/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules that ask the network: when they are asked for, and how they come to hit. */
#include "tests/unit/fake_dns.h"
#include "tests/unit/rules_fixture.h"

#include "rules/ask/ask.h"

/* A kind with one function, check_listed('zone'): asks for example.com in the zone. */

static const struct fake_record records[] = {
	{ "example.com.yes.example", DNS_A, "127.0.0.2" },
	{ "example.com.late.example", DNS_A, "NEVER" },
	{ "example.com.broken.example", DNS_A, "FAIL" },
	{ "tags.yes.example", DNS_A, "127.0.0.2" },
	{ NULL, DNS_A, NULL },
};

struct listed {
	struct asking *asking;
	const struct rule *rule;
	struct str name;
};

static unsigned at_envelope_calls, at_tags_calls;

static bool prepare(struct ruleset *set, struct rule *rule, const char **at_r, struct error *err_r)
{
	(void)set;
	if (rule->eval_args.texts.len != 1)
		return error_set(err_r, "a zone is missing");
	*at_r = rule->eval_args.texts.items[0].data;
	if (str_find_char(rule->eval_args.texts.items[0], ' ') >= 0)
		return error_set(err_r, "a zone has no spaces");
	rule->ask = &rule->eval_args.texts.items[0];
	return true;
}

static const struct ask_function functions[] = { { "check_listed", prepare }, { 0 } };

static void *compile(struct ruleset *set)
{
	return set->by_type[RULE_ASK].len > 0 ? &set->by_type[RULE_ASK] : NULL;
}

static void judge(void *context, const struct dns_answer *answer)
{
	const struct listed *listed = context;

	if (answer->status == DNS_OK)
		ask_hit(listed->asking, listed->rule, listed->name);
}

static void ask_about(struct asking *asking, const char *name)
{
	const struct rule_list *rules = asking->data;

	for (size_t i = 0; i < rules->len; i++) {
		const struct str *zone = rules->items[i]->ask;
		struct listed *listed = arena_new_object(asking->arena, struct listed);

		listed->asking = asking;
		listed->rule = rules->items[i];
		listed->name = arena_printf(asking->arena, "%s.%.*s", name, STR_FMT(*zone));
		if (ask_wants(asking, listed->rule))
			ask_question(asking, listed->rule, listed->name, DNS_A, judge, listed);
	}
}

static void at_envelope(struct asking *asking)
{
	at_envelope_calls++;
	assert_null(asking->facts);
	ask_about(asking, "example.com");
}

static void at_message(struct asking *asking)
{
	assert_non_null(asking->facts);
	ask_about(asking, "example.com");
}

static void at_tags(struct asking *asking)
{
	at_tags_calls++;
	ask_about(asking, "tags");
}

static const struct ask_kind kind = {
	"test", functions, compile, at_envelope, at_message, at_tags
};

/* The names of the rules that hit a message, with what is asked at MAIL FROM if `early`. */
static const char *hits_of(struct rules_fixture *f, struct fake_zone *zone, bool early)
{
	static const struct envelope envelope;
	struct dns *dns = dns_new_from(fake_answer, zone);
	struct dns_questions *questions = dns_questions_new(dns);
	struct message_limits limits = message_default_limits();
	struct facts facts = { .envelope = &envelope };
	const struct dns_patience patience = { 20, 10 };
	struct matching *matching;

	facts.message = message_parse(f->arena, STR("Subject: local\n\nbody\n"), &limits);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &envelope,
	                            &(struct relay_settings){ 0 });
	if (early)
		ruleset_ask_early(f->set, f->arena, &envelope, facts.relays, questions);
	matching = ruleset_match_begin(f->set, f->arena, &facts, questions, deadline_never());
	if (ruleset_match_waits(matching))
		ruleset_match_park(matching);
	ruleset_match_wait(matching, patience, deadline_never());
	ruleset_match_tags(matching);
	ruleset_match_wait(matching, patience, deadline_never());
	f->hits = ruleset_match_end(matching);
	dns_questions_free(questions);
	dns_free(dns);
	return rules_hit_names(f);
}

static void load(struct rules_fixture *f, const char *rules)
{
	f->options.network_tests = true;
	rules_load(f, rules);
}

#define LISTED "header LISTED eval:check_listed('yes.example')\n"

static void test_a_rule_hits(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	load(f, LISTED "header NOT eval:check_listed('no.example')\n"
	               "header __SUB eval:check_listed('yes.example')\n"
	               "header LOCAL Subject =~ /local/\n"
	               "meta BOTH (LOCAL && LISTED && !NOT)\nmeta SUB (__SUB && LOCAL)\n");
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(hits_of(f, &zone, false), "LISTED LOCAL BOTH SUB");
	assert_string_equal(arena_cstr(f->arena, rules_hit(f, "LISTED")->matched),
	                    "example.com.yes.example");
	assert_int_equal(f->hits->doubt, 0);
}

/* All that was matched before the scanner was given back is there after it, what is tried only on
 * demand, too. */
static void test_parked(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	load(f,
	     LISTED "header LATE eval:check_listed('late.example')\n"
	            "header LOCAL Subject =~ /local/\nbody __BODY /body/\nbody __NOBODY /nobody/\n"
	            "header __HAS exists:Subject\nheader __SUBJECT Subject =~ /loc/\n"
	            "meta ALL (LISTED && __BODY && !__NOBODY && __HAS && __SUBJECT && !LATE)\n");
	assert_string_equal(hits_of(f, &zone, false), "LISTED LOCAL ALL");
	assert_string_equal(arena_cstr(f->arena, rules_hit(f, "LOCAL")->matched), "local");
}

/* What is asked at MAIL FROM isn't asked again. */
static void test_early(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	load(f, LISTED);
	at_envelope_calls = at_tags_calls = 0;
	assert_string_equal(hits_of(f, &zone, true), "LISTED");
	assert_int_equal(at_envelope_calls, 1);
	assert_int_equal(at_tags_calls, 1);
	assert_int_equal(zone.asked, 2);
}

/* Nothing is asked for a rule that can't change anything. */
static void test_only_what_matters(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	load(f, LISTED "score LISTED 0\nheader __ALONE eval:check_listed('a.example')\n"
	               "header __FOR_OFF eval:check_listed('b.example')\n"
	               "meta OFF __FOR_OFF\nscore OFF 0\n"
	               "header __FOR_SUB eval:check_listed('c.example')\nmeta __SUB __FOR_SUB\n");
	assert_string_equal(hits_of(f, &zone, false), "");
	assert_int_equal(zone.asked, 0);
	load(f,
	     "header __DEEP eval:check_listed('yes.example')\nmeta __SUB __DEEP\nmeta TOP __SUB\n");
	assert_string_equal(hits_of(f, &zone, false), "TOP");
	assert_int_equal(zone.asked, 2);
}

static void test_without_network(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	rules_load(f, LISTED "header LOCAL Subject =~ /local/\n");
	assert_string_equal(hits_of(f, &zone, true), "LOCAL");
	assert_int_equal(zone.asked, 0);
	assert_string_equal(f->set->rules.items[0]->off, RULE_OFF_BY_NET);
}

static void test_wrong_arguments(void **state)
{
	struct rules_fixture *f = *state;

	load(f, "header A eval:check_listed('a b')\nheader B eval:check_listed()\n");
	assert_int_equal(f->problems.len, 2);
	assert_string_equal(rules_problem(f, 0),
	                    "1:29: a zone has no spaces; correct it, rule A is off");
	assert_non_null(f->set->rules.items[1]->off);
}

/* dns_query_restriction: the tightest domain counts. */
static void test_restriction(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	load(f, LISTED "dns_query_restriction deny YES.example\n");
	assert_string_equal(hits_of(f, &zone, true), "");
	assert_int_equal(zone.asked, 0);
	load(f, LISTED "dns_query_restriction allow com.yes.example tags.yes.example\n"
	               "dns_query_restriction deny example\n");
	assert_string_equal(hits_of(f, &zone, true), "LISTED");
	load(f, LISTED "dns_query_restriction deny es.example a.yes.example\n");
	assert_string_equal(hits_of(f, &zone, true), "LISTED");
	load(f, LISTED "dns_query_restriction deny example\nclear_dns_query_restriction\n");
	assert_string_equal(hits_of(f, &zone, true), "LISTED");
	zone.asked = 0;
	load(f, LISTED "dns_available no\n");
	assert_string_equal(hits_of(f, &zone, true), "");
	assert_int_equal(zone.asked, 0);
}

/* An answer that is missing is doubt where it could have lowered the score. */
static void test_doubt(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_zone zone = { .records = records };

	load(f, LISTED "header GOOD eval:check_listed('late.example')\nscore GOOD -2\n"
	               "header BROKEN eval:check_listed('broken.example')\nscore BROKEN -0.5\n"
	               "header BAD eval:check_listed('late.example')\nscore BAD 4\n"
	               "meta GONE (LISTED && !BAD)\nscore GONE 0.25\n");
	assert_string_equal(hits_of(f, &zone, false), "LISTED GONE");
	assert_int_equal(f->hits->doubt, 2750);
	assert_int_equal(f->hits->doubt_causes.len, 1);
	assert_true(str_eq(f->hits->doubt_causes.items[0], STR("dns")));
	/* One that hit does, whatever else it asked for. */
	load(f, "header LISTED eval:check_listed('yes.example')\n");
	assert_string_equal(hits_of(f, &zone, false), "LISTED");
	assert_int_equal(f->hits->doubt, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_a_rule_hits),     rules_test(test_parked),
		rules_test(test_early),           rules_test(test_only_what_matters),
		rules_test(test_without_network), rules_test(test_wrong_arguments),
		rules_test(test_restriction),     rules_test(test_doubt),
	};

	ask_set_kind_of_test(&kind);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
