/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/rbl.h"

#include "facts/dns_answer.h"
#include "message/uri.h"
#include "rules/match/field.h"
#include "rules/model/rule.h"

/* What the arguments of a function are, in order. */
enum argument { ARG_END, ARG_SET, ARG_ZONE, ARG_TEST, ARG_NEEDED_TEST, ARG_ACCREDITOR, ARG_FIELDS };

#define ARGS_MAX 4

struct form {
	enum rbl_subject subject;
	enum dns_type type;
	enum argument args[ARGS_MAX + 1];
};

static bool read_set(struct rbl_rule *rbl, struct str text)
{
	static const struct {
		struct str end;
		enum rbl_hops hops;
	} ends[] = {
		{ STR_INIT("-lastexternal"), RBL_LAST_EXTERNAL },
		{ STR_INIT("-notfirsthop"), RBL_NOT_FIRST_HOP },
		{ STR_INIT("-firsttrusted"), RBL_FIRST_TRUSTED },
		{ STR_INIT("-untrusted"), RBL_UNTRUSTED },
	};

	rbl->set = text;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (text.len >= ends[i].end.len &&
		    str_eq(str_from_offset(text, text.len - ends[i].end.len), ends[i].end))
			rbl->hops = ends[i].hops;
	return true;
}

static bool read_zone(struct ruleset *set, struct rbl_rule *rbl, struct str text,
                      struct error *err_r)
{
	while (text.len > 0 && text.data[text.len - 1] == '.')
		text.len--;
	if (dns_list_name_valid(text)) {
		rbl->zone = uri_host_to_ascii(set->arena, text);
		return true;
	}
	error_set(err_r, "'%.*s' is no name of a list, such as bl.example.org", STR_FMT(text));
	return false;
}

static bool read_test(struct ruleset *set, struct rbl_test *test, struct str text,
                      const char **at_r, struct error *err_r)
{
	size_t offset = 0;

	if (text.len == 0)
		return true;
	test->any = false;
	if (dns_subtest_parse(text, &test->numbers))
		return true;
	test->pattern = pattern_compile_bare(set->arena, text, "", &offset, err_r);
	if (test->pattern == NULL) {
		*at_r += offset;
		return false;
	}
	if (!pattern_always_matches(test->pattern))
		return true;
	error_set(err_r, "the pattern matches any answer; leave it out, or give an address such as "
	                 "127.0.0.2, a number of bits, or a pattern");
	return false;
}

bool rbl_fields_read(struct arena *arena, struct str names, struct rbl_fields *fields,
                     struct error *err_r)
{
	struct str name;

	while (str_next_piece(&names, ',', &name)) {
		struct rbl_field *field;

		name = str_trim(name);
		if (name.len == 0)
			continue;
		field = vec_add(arena, fields);
		field->address = field_request_parse(
			arena, arena_printf(arena, "%.*s:addr", STR_FMT(name)), err_r);
		field->lines = field_request_parse(arena, arena_str(arena, name), err_r);
		if (field->address == NULL || field->lines == NULL)
			return false;
	}
	return true;
}

static bool read_argument(struct ruleset *set, struct rbl_rule *rbl, enum argument argument,
                          struct str text, const char **at_r, struct error *err_r)
{
	switch (argument) {
	case ARG_SET:
		return read_set(rbl, text);
	case ARG_ZONE:
		return read_zone(set, rbl, text, err_r);
	case ARG_TEST:
	case ARG_NEEDED_TEST:
		return read_test(set, &rbl->test, text, at_r, err_r);
	case ARG_ACCREDITOR:
		rbl->accreditor = text;
		return true;
	case ARG_FIELDS:
		rbl->fields = arena_new_object(set->arena, struct rbl_fields);
		return rbl_fields_read(set->arena, text, rbl->fields, err_r);
	case ARG_END:
		break;
	}
	return true;
}

/* Those that may not be left out. */
static const char *needed(enum argument argument)
{
	static const char *const names[] = {
		[ARG_SET] = "the name of a set",
		[ARG_ZONE] = "the name of a list",
		[ARG_NEEDED_TEST] = "what the answer has to be",
		[ARG_ACCREDITOR] = "the name of an accreditor",
		[ARG_FIELDS] = NULL,
	};

	return names[argument];
}

/* In the order of rbl_functions. */
static const struct form forms[] = {
	{ RBL_RELAYS, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST } },
	{ RBL_RELAYS, DNS_TXT, { ARG_SET, ARG_ZONE, ARG_TEST } },
	{ RBL_ANSWERS, DNS_A, { ARG_SET, ARG_NEEDED_TEST } },
	{ RBL_VOUCHED_RELAYS, DNS_A, { ARG_SET, ARG_ZONE, ARG_NEEDED_TEST, ARG_ACCREDITOR } },
	{ RBL_SENDER_HOSTS, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST } },
	{ RBL_SENDER_DOMAINS, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST } },
	{ RBL_ENVELOPE_SENDER, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST } },
	{ RBL_FIELDS, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST, ARG_FIELDS } },
	{ RBL_NAME_SERVERS, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST } },
	{ RBL_OLDEST_RELAY, DNS_A, { ARG_SET, ARG_ZONE, ARG_TEST } },
};

void rbl_skip(const struct ruleset *set, struct rule *rule)
{
	const struct str_list *words = ruleset_words(set, "skip_rbl_checks");

	if (words->len > 0 && !str_eq(words->items[words->len - 1], STR("0")))
		rule->off = "skip_rbl_checks is set";
}

static bool prepare(struct ruleset *set, struct rule *rule, const char **at_r, struct error *err_r)
{
	const struct form *form = &forms[rule->ask_function - rbl_functions];
	const struct str_list *texts = &rule->eval_args.texts;
	struct rbl_rule *rbl = arena_new_object(set->arena, struct rbl_rule);

	rbl_skip(set, rule);
	*rbl = (struct rbl_rule){ .rule = rule,
		                  .subject = form->subject,
		                  .type = form->type,
		                  .test = { .any = true },
		                  .addresses = (rule->flags & RULE_FLAG_DOMAINS_ONLY) == 0,
		                  .names = (rule->flags & RULE_FLAG_IPS_ONLY) == 0 };
	for (size_t i = 0; form->args[i] != ARG_END; i++) {
		if (i >= texts->len) {
			if (needed(form->args[i]) == NULL)
				break;
			error_set(err_r, "%s is missing", needed(form->args[i]));
			return false;
		}
		*at_r = texts->items[i].data;
		if (!read_argument(set, rbl, form->args[i], texts->items[i], at_r, err_r))
			return false;
	}
	rule->ask = rbl;
	return true;
}

const struct ask_function rbl_functions[] = {
	{ "check_rbl", prepare },
	{ "check_rbl_txt", prepare },
	{ "check_rbl_sub", prepare },
	{ "check_rbl_accreditor", prepare },
	{ "check_rbl_from_host", prepare },
	{ "check_rbl_from_domain", prepare },
	{ "check_rbl_envfrom", prepare },
	{ "check_rbl_headers", prepare },
	{ "check_rbl_ns_from", prepare },
	{ "check_rbl_rcvd", prepare },
	{ 0 },
};

struct rbl_rule *rbl_of(const struct rule *rule)
{
	return rule->ask_function != NULL && rule->ask_function->prepare == prepare ? rule->ask
	                                                                            : NULL;
}
