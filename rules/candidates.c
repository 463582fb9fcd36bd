/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/candidates.h"

#include "rules/prefilter.h"

/* A rule that hits where its pattern does not, or whose text may come from elsewhere, is always
 * tried. */
static const struct pattern *filter_pattern(const struct rule *rule)
{
	if (rule->exists || rule->negated || rule->wants_captures || rule->if_unset.data != NULL)
		return NULL;
	return rule->pattern;
}

static void compile_type(struct ruleset *set, enum rule_type type)
{
	const struct rule_list *rules = &set->by_type[type];

	if (rules->len == 0)
		return;
	set->prefilters[type] = prefilter_new(set->arena);
	for (size_t i = 0; i < rules->len; i++) {
		rules->items[i]->number = i;
		prefilter_add(set->prefilters[type], i, filter_pattern(rules->items[i]));
	}
	prefilter_compile(set->prefilters[type]);
}

void candidates_compile(struct ruleset *set)
{
	static const enum rule_type types[] = { RULE_HEADER, RULE_BODY, RULE_RAWBODY, RULE_FULL,
		                                RULE_URI };
	const struct rule_list *headers = &set->by_type[RULE_HEADER];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		compile_type(set, types[i]);
	set->by_field = arena_calloc(set->arena, set->fields.len, sizeof(*set->by_field));
	for (size_t i = 0; i < headers->len; i++)
		vec_push(set->arena, &set->by_field[headers->items[i]->field], headers->items[i]);
}

static void scan_list(struct match *match, const struct str_list *texts)
{
	for (size_t i = 0; i < texts->len; i++)
		prefilter_scan(match->prefilter, match->scanner->scratch, texts->items[i]);
}

void candidates_find(struct match *match, enum rule_type type)
{
	const struct message *message = match->facts->message;

	match->prefilter = match->set->prefilters[type];
	if (match->prefilter == NULL)
		return;
	prefilter_begin(match->prefilter, match->scanner->scratch);
	switch (type) {
	case RULE_BODY:
		scan_list(match, &message->body);
		break;
	case RULE_RAWBODY:
		scan_list(match, &message->rawbody);
		break;
	case RULE_FULL:
		prefilter_scan(match->prefilter, match->scanner->scratch, message->raw);
		break;
	case RULE_URI:
		for (size_t i = 0; i < message->uris.len; i++)
			scan_list(match, &message->uris.items[i].variants);
		break;
	default:
		break;
	}
}

void candidates_find_in_field(struct match *match, struct str value)
{
	match->prefilter = match->set->prefilters[RULE_HEADER];
	prefilter_begin(match->prefilter, match->scanner->scratch);
	prefilter_scan(match->prefilter, match->scanner->scratch, value);
}

bool candidates_has(const struct match *match, const struct rule *rule)
{
	return match->prefilter == NULL ||
	       prefilter_may_hit(match->prefilter, match->scanner->scratch, rule->number);
}

bool candidates_needs_text(const struct match *match, const struct rule *rule)
{
	return prefilter_is_filtered(match->set->prefilters[RULE_HEADER], rule->number);
}
