/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For unit tests of rules that ask the network: what they ask about a mail, and which of them hit.
 */
#ifndef TESTS_UNIT_ASK_FIXTURE_H
#define TESTS_UNIT_ASK_FIXTURE_H

#include "base/strbuf.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/rules_fixture.h"

#define MAIL "From: a@example.com\nSubject: s\n\n"
#define HTML "From: a@example.com\nSubject: s\nContent-Type: text/html\n\n"

/* What was asked, in order; and the answers: one of the zone's, else NXDOMAIN. */
struct ask_recorder {
	struct fake_zone zone;
	struct strbuf asked;
};

/* Is it a question for a list's test entry? */
static inline bool ask_is_probe(struct str name)
{
	return str_starts(name, STR("test.")) || str_starts(name, STR("invalid.")) ||
	       str_starts(name, STR("2.0.0.127.")) || str_starts(name, STR("1.0.0.127."));
}

static inline struct dns_answer *ask_record(void *context, struct str name, enum dns_type type)
{
	struct ask_recorder *recorder = context;

	if (!ask_is_probe(name))
		strbuf_printf(&recorder->asked, "%s%.*s %s", recorder->asked.len > 0 ? ", " : "",
		              STR_FMT(name), dns_type_name(type));
	return fake_answer(&recorder->zone, name, type);
}

/* Scores the mail by rules that were loaded; gives the names of those that hit. */
static inline const char *ask(struct rules_fixture *f, const struct fake_record *records,
                              const char *mail, const char **asked_r)
{
	static const struct envelope envelope;
	struct ask_recorder recorder = { .zone = { .records = records } };
	struct dns *dns = dns_new_from(ask_record, &recorder);
	struct dns_questions *questions = dns_questions_new(dns);
	struct message_limits limits = message_default_limits();
	struct uri_knowledge knowledge = { .domains = &f->set->domains };
	struct facts facts = { .envelope = &envelope };
	const struct dns_patience patience = { 20, 10 };
	struct matching *matching;

	strbuf_init(&recorder.asked, f->arena);
	facts.message = message_parse_for(f->arena, arena_str(f->arena, str_from(mail)), &limits,
	                                  &ruleset_site(f->set)->reading, &knowledge);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &envelope,
	                            &(struct relay_settings){ 0 });
	matching = ruleset_match_begin(f->set, f->arena, &facts, questions, deadline_never());
	ruleset_match_wait(matching, patience, deadline_never());
	ruleset_match_tags(matching);
	ruleset_match_wait(matching, patience, deadline_never());
	f->hits = ruleset_match_end(matching);
	*asked_r = arena_cstr(f->arena, strbuf_str(&recorder.asked));
	dns_questions_free(questions);
	dns_free(dns);
	return rules_hit_names(f);
}

static inline void ask_load(struct rules_fixture *f, const char *rules)
{
	f->options.network_tests = true;
	rules_load(f, rules);
}

/* The texts are statements of rules, each with the only problem that it has. */
struct ask_problem {
	const char *text, *problem;
};
static inline void ask_check_problems(struct rules_fixture *f, const struct ask_problem *cases,
                                      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		print_message("%s", cases[i].text);
		problems_init(&f->problems, f->arena);
		ask_load(f, cases[i].text);
		assert_string_equal(rules_problem(f, 0), cases[i].problem);
		assert_int_equal(f->problems.len, 1);
	}
}

#endif
