/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/ask.h"

#include "rules/ask/ask_allowed.h"

/* Kinds of lists, in any order; the last row is for tests. */
static const struct ask_kind *kinds[] = {
	&hashbl_ask_kind, &rbl_ask_kind, &sender_ask_kind, &uri_local_ask_kind,
	&uribl_ask_kind,  &asn_ask_kind, /* gives askdns tags */
	&askdns_ask_kind, NULL,
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

void ask_set_kind_of_test(const struct ask_kind *kind)
{
	kinds[KIND_COUNT - 1] = kind;
}

/* A question of a rule. */
struct asked {
	struct asked *next;
	const struct rule *rule;
	dns_then *then;
	void *context;
	bool answered;
};

const struct ask_function *ask_find_function(struct str name)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		const struct ask_function *row = kinds[i] != NULL ? kinds[i]->functions : NULL;

		for (; row != NULL && row->name != NULL; row++)
			if (str_eq(str_from(row->name), name))
				return row;
	}
	return NULL;
}

/* Metas are in the order of their dependencies, so those that need one come behind it. */
static bool *find_what_matters(const struct ruleset *set)
{
	const struct rule_list *metas = &set->by_type[RULE_META];
	bool *matters = arena_calloc(set->arena, set->slots, sizeof(*matters));

	for (size_t i = 0; i < set->rules.len; i++) {
		const struct rule *rule = set->rules.items[i];

		matters[rule->slot] = rule->off == NULL && (!rule_is_sub(rule) || set->all_rules ||
		                                            rule->shortcircuit != SHORTCIRCUIT_OFF);
	}
	for (size_t i = 0; i < set->dns_blocks.len; i++) {
		const struct rule *rule = map_get(set->by_name, set->dns_blocks.items[i].rule);

		if (rule != NULL && rule->line != NULL)
			matters[rule->slot] = rule->off == NULL;
	}
	for (size_t i = metas->len; i-- > 0;) {
		size_t count;
		const size_t *slots = expr_slots(metas->items[i]->expr, &count);

		for (size_t k = 0; matters[metas->items[i]->slot] && k < count; k++)
			matters[slots[k]] = set->rules.items[slots[k]]->off == NULL;
	}
	return matters;
}

void ask_compile(struct ruleset *set)
{
	set->matters = find_what_matters(set);
	set->ask_data = arena_calloc(set->arena, KIND_COUNT, sizeof(*set->ask_data));
	for (size_t i = 0; i < KIND_COUNT && set->network_tests; i++)
		if (kinds[i] != NULL)
			set->ask_data[i] = kinds[i]->compile(set);
}

bool ask_wants(const struct asking *asking, const struct rule *rule)
{
	return asking->set->matters[rule->slot];
}

static void tell(void *context, const struct dns_answer *answer)
{
	struct asked *asked = context;

	asked->answered = answer->status <= DNS_NXDOMAIN;
	asked->then(asked->context, answer);
}

/* Is the name one of a list that is not asked since nobody answers for it? */
static bool is_unanswered(const struct asking *asking, struct str name)
{
	return dns_list_is_unanswered(asking->set->dns_lists,
	                              dns_name_canonical(asking->arena, name));
}

bool ask_question(struct asking *asking, const struct rule *rule, struct str name,
                  enum dns_type type, dns_then *then, void *context)
{
	struct asked *asked;

	if (asking->questions == NULL || asking->set->site.dns.off ||
	    !ask_allowed(&asking->set->site.dns, name))
		return false;
	if (asking->match == NULL)
		return dns_questions_ask(asking->questions, name, type, NULL, NULL);
	asked = arena_new_object(asking->arena, struct asked);
	*asked = (struct asked){
		.next = asking->asked, .rule = rule, .then = then, .context = context
	};
	if (!dns_questions_ask(asking->questions, name, type, tell, asked)) {
		/* The list might have saved the message, if it or the resolver weren't dead. */
		if (dns_name_valid(name) && is_unanswered(asking, name))
			asking->asked = asked;
		return false;
	}
	asking->asked = asked;
	return true;
}

void ask_hit(struct asking *asking, const struct rule *rule, struct str matched)
{
	if (asking->match != NULL && rule->off == NULL)
		vec_push(asking->arena, &asking->match->asked_hits,
		         ((struct asked_hit){ (uint32_t)rule->slot, matched }));
}

void ask_use_list(struct ruleset *set, struct str zone, unsigned used_for)
{
	/* What nobody may ask for is not probed either. */
	dns_list_set_add(set->dns_lists, zone,
	                 !set->site.dns.off && ask_allowed(&set->site.dns, zone) ? used_for : 0);
}

static void free_matcher(void *object)
{
	pattern_matcher_free(object);
}

struct pattern_matcher *ask_matcher(struct asking *asking)
{
	if (asking->matcher == NULL) {
		asking->matcher = pattern_matcher_new(asking->set->match_limit);
		arena_at_free(asking->arena, free_matcher, asking->matcher);
	}
	return asking->matcher;
}

enum step { AT_ENVELOPE, AT_MESSAGE, AT_TAGS };

static void call(struct asking *asking, enum step step)
{
	for (size_t i = 0; i < KIND_COUNT && asking->questions != NULL; i++) {
		void (*const steps[])(struct asking *) = {
			[AT_ENVELOPE] = kinds[i] != NULL ? kinds[i]->at_envelope : NULL,
			[AT_MESSAGE] = kinds[i] != NULL ? kinds[i]->at_message : NULL,
			[AT_TAGS] = kinds[i] != NULL ? kinds[i]->at_tags : NULL,
		};

		asking->data = asking->set->ask_data[i];
		if (asking->data != NULL && steps[step] != NULL)
			steps[step](asking);
	}
	if (asking->questions != NULL)
		dns_questions_send(asking->questions);
}

void ask_at_envelope(struct asking *asking)
{
	call(asking, AT_ENVELOPE);
}

void ask_at_message(struct asking *asking)
{
	call(asking, AT_MESSAGE);
}

void ask_at_tags(struct asking *asking)
{
	call(asking, AT_TAGS);
}

void ask_finish(struct asking *asking)
{
	struct match *match = asking->match;

	for (const struct asked *asked = asking->asked; asked != NULL; asked = asked->next)
		if (!asked->answered && asked->rule != NULL) {
			vec_push(asking->arena, &match->undecided,
			         match->set->rules.items[asked->rule->slot]);
			match->answers_missing = true;
		}
}

/* SpamAssassin's default. */
#define BLOCK_SECONDS 300

void ask_apply_blocks(const struct match *match)
{
	const struct ruleset *set = match->set;
	const struct str_list *time = ruleset_words(set, "dns_block_time");
	uint64_t seconds = BLOCK_SECONDS;

	if (time->len > 0)
		str_to_uint(time->items[time->len - 1], UINT32_MAX, &seconds);
	for (size_t i = 0; i < set->dns_blocks.len; i++) {
		const struct ruleset_dns_block *block = &set->dns_blocks.items[i];
		const struct rule *rule = map_get(set->by_name, block->rule);

		if (rule != NULL && rule->line != NULL &&
		    match->scanner->tristates[rule->slot] == TRISTATE_YES)
			dns_list_stop(set->dns_lists, block->domain, (int64_t)seconds);
	}
}
