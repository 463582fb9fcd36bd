/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_dns_sender(): is the domain of the envelope's sender in the DNS, so that mail gets there?
 */
#include "message/uri.h"
#include "rules/ask/ask.h"
#include "rules/ask/rbl.h"
#include "rules/match/field.h"

struct sender_data {
	vec_of(struct rule *) rules;
	struct field_request *envelope_sender;
};

/* What mail to the domain is sent by; each must be known to be missing. */
static const enum dns_type types[] = { DNS_A, DNS_MX, DNS_AAAA };
#define TYPES (sizeof(types) / sizeof(types[0]))

struct sender_lookup {
	struct asking *asking;
	const struct rule *rule;
	struct str domain;
	size_t missing;   /* types that it has no record of */
	bool nonexistent; /* none of any type */
};

static void answered(void *context, const struct dns_answer *answer)
{
	struct sender_lookup *lookup = context;

	if (answer->status != DNS_NXDOMAIN && answer->status != DNS_NODATA)
		return;
	lookup->missing++;
	lookup->nonexistent = lookup->nonexistent || answer->status == DNS_NXDOMAIN;
	/* Few domains have addresses of IPv6 only, so that is asked last. */
	if (lookup->missing == TYPES - 1 && lookup->nonexistent)
		lookup->missing = TYPES;
	else if (lookup->missing == TYPES - 1)
		ask_question(lookup->asking, lookup->rule, lookup->domain, types[TYPES - 1],
		             answered, lookup);
	if (lookup->missing == TYPES)
		ask_hit(lookup->asking, lookup->rule, lookup->domain);
}

static void look_up(struct asking *asking, const struct rule *rule, struct str domain)
{
	struct sender_lookup *lookup = arena_new_object(asking->arena, struct sender_lookup);

	*lookup = (struct sender_lookup){ .asking = asking, .rule = rule, .domain = domain };
	for (size_t i = 0; i < TYPES - 1; i++)
		ask_question(asking, rule, domain, types[i], answered, lookup);
}

static void look_up_for_rules(struct asking *asking, struct str sender)
{
	const struct sender_data *data = asking->data;
	struct str domain =
		uri_host_to_ascii(asking->arena, rbl_host_of_address(asking->arena, sender));

	for (size_t i = 0; i < data->rules.len && uri_is_host_name(domain); i++)
		if (ask_wants(asking, data->rules.items[i]))
			look_up(asking, data->rules.items[i], domain);
}

static void at_envelope(struct asking *asking)
{
	look_up_for_rules(asking, asking->envelope->sender);
}

static void at_message(struct asking *asking)
{
	const struct sender_data *data = asking->data;
	struct str_list senders = { 0 };

	field_values(asking->facts, asking->arena, data->envelope_sender, &senders);
	if (senders.len > 0)
		look_up_for_rules(asking, senders.items[0]);
}

static bool prepare(struct ruleset *set, struct rule *rule, const char **at_r, struct error *err_r)
{
	(void)at_r, (void)err_r;
	rbl_skip(set, rule);
	return true;
}

static const struct ask_function functions[] = {
	{ "check_dns_sender", prepare },
	{ 0 },
};

static void *compile(struct ruleset *set)
{
	struct sender_data *data = arena_new_object(set->arena, struct sender_data);
	struct error error;

	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		if (rule->off == NULL && rule->ask_function == &functions[0])
			vec_push(set->arena, &data->rules, rule);
	}
	data->envelope_sender = field_request_parse(set->arena, STR("EnvelopeFrom:addr"), &error);
	return data->rules.len > 0 ? data : NULL;
}

const struct ask_kind sender_ask_kind = {
	.name = "sender",
	.functions = functions,
	.compile = compile,
	.at_envelope = at_envelope,
	.at_message = at_message,
};
