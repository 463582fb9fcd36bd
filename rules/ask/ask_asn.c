/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Autonomous systems of the host that gave the message to our network: what asn_lookup asks for
 * tags, and check_asn(). */
#include "facts/asn_answer.h"
#include "facts/geo.h"
#include "rules/ask/ask.h"
#include "rules/match/message_tag.h"
#include "rules/model/askdns_rule.h"

/* What check_asn() is given. */
struct asn_rule {
	struct pattern *pattern;
	struct str tag;
};

/* A set's rules that call check_asn(), and the lookups that something needs. */
struct asn_set {
	struct rule_list rules;
	vec_of(const struct asn_lookup *) lookups;
};

struct asn_question {
	struct asking *asking;
	const struct asn_set *asn;
	const struct asn_lookup *lookup;
};

static bool prepare(struct ruleset *set, struct rule *rule, const char **at_r, struct error *err_r)
{
	const struct str_list *args = &rule->eval_args.texts;
	struct asn_rule *asn = arena_new_object(set->arena, struct asn_rule);
	size_t offset = 0;

	if (args->len < 1 || args->len > 2 || args->items[0].len == 0)
		return error_set(err_r, "a pattern belongs here, and maybe the name of a tag");
	*at_r = args->items[0].data;
	asn->tag = args->len > 1 ? args->items[1] : STR("ASN");
	asn->pattern =
		args->items[0].data[0] == '/'
			? pattern_compile(set->arena, args->items[0], &offset, err_r)
			: pattern_compile_bare(set->arena, args->items[0], "", &offset, err_r);
	*at_r += offset;
	rule->ask = asn;
	return asn->pattern != NULL;
}

static const struct ask_function functions[] = { { "check_asn", prepare }, { 0 } };

static bool template_has(struct str text, struct str tag)
{
	ptrdiff_t at;

	for (; (at = str_find(text, tag)) >= 0; text = str_from_offset(text, (size_t)at + 1))
		if (at > 0 && (size_t)at + tag.len < text.len && text.data[at - 1] == '_' &&
		    text.data[(size_t)at + tag.len] == '_')
			return true;
	return false;
}

static bool fields_have(const struct site_field_list *fields, struct str tag)
{
	for (size_t i = 0; i < fields->len; i++)
		if (template_has(fields->items[i].text, tag))
			return true;
	return false;
}

/* Does a written field, a name to ask for or a rule need the tag? */
static bool is_needed(const struct ruleset *set, const struct rule_list *rules, struct str tag)
{
	for (size_t i = 0; i < rules->len; i++)
		if (str_eq(((const struct asn_rule *)rules->items[i]->ask)->tag, tag))
			return true;
	for (size_t i = 0; i < set->askdns_rules.len; i++)
		if (template_has(set->askdns_rules.items[i]->template, tag))
			return true;
	return fields_have(&set->site.ham_fields, tag) || fields_have(&set->site.spam_fields, tag);
}

static void *compile(struct ruleset *set)
{
	struct asn_set *asn = arena_new_object(set->arena, struct asn_set);

	for (size_t i = 0; i < set->by_type[RULE_ASK].len; i++) {
		struct rule *rule = set->by_type[RULE_ASK].items[i];

		if (rule->ask_function == &functions[0])
			vec_push(set->arena, &asn->rules, rule);
	}
	for (size_t i = 0; i < set->asn.lookups.len && !set->asn.no_dns; i++) {
		const struct asn_lookup *lookup = &set->asn.lookups.items[i];

		if (is_needed(set, &asn->rules, lookup->number_tag) ||
		    is_needed(set, &asn->rules, lookup->route_tag))
			vec_push(set->arena, &asn->lookups, lookup);
	}
	return asn->rules.len > 0 || asn->lookups.len > 0 || is_needed(set, &asn->rules, STR("ASN"))
	               ? asn
	               : NULL;
}

/* The values of a tag with spaces between them. */
static struct str tag_text(const struct asking *asking, struct str tag)
{
	struct message_tags tags = { asking->arena, asking->facts, asking->match->hits->tags };
	struct str_list values = { 0 };
	struct str text = STR("");

	message_tag_values(&tags, tag, (struct str){ NULL, 0 }, &values);
	for (size_t i = 0; i < values.len; i++)
		text = i == 0 ? values.items[i]
		              : arena_printf(asking->arena, "%.*s %.*s", STR_FMT(text),
		                             STR_FMT(values.items[i]));
	return text;
}

/* Rules about tags that have got values. */
static void check_rules(struct asking *asking, const struct asn_set *asn)
{
	struct pattern_matcher *matcher =
		asn->rules.len > 0 ? pattern_matcher_new(asking->set->match_limit) : NULL;

	for (size_t i = 0; i < asn->rules.len; i++) {
		const struct asn_rule *rule = asn->rules.items[i]->ask;
		struct str text = tag_text(asking, rule->tag);
		struct pattern_span span;

		if (text.len > 0 &&
		    pattern_match(rule->pattern, matcher, text, 0, &span) == PATTERN_MATCH)
			ask_hit(asking, asn->rules.items[i],
			        arena_printf(asking->arena, "%.*s: %.*s", STR_FMT(rule->tag),
			                     STR_FMT(text)));
	}
	if (matcher != NULL)
		pattern_matcher_free(matcher);
}

static void set_tags(const struct asn_question *question, const struct asn_answer *answer)
{
	struct asking *asking = question->asking;
	struct map **tags = &asking->match->hits->tags;

	for (size_t i = 0; i < answer->numbers.len; i++)
		message_tag_set(tags, asking->arena, question->lookup->number_tag,
		                arena_printf(asking->arena, "%.*s%.*s",
		                             STR_FMT(asking->set->asn.prefix),
		                             STR_FMT(answer->numbers.items[i])));
	for (size_t i = 0; i < answer->routes.len; i++)
		message_tag_set(tags, asking->arena, question->lookup->route_tag,
		                answer->routes.items[i]);
}

static void judge(void *context, const struct dns_answer *answer)
{
	const struct asn_question *question = context;
	struct asn_answer asn = { 0 };

	for (size_t i = 0; i < answer->count; i++)
		asn_answer_read(question->asking->arena, &answer->records[i], &asn);
	set_tags(question, &asn);
}

/* By a database: "AS64500 Example Net"; false where it doesn't know. */
static bool look_up(struct asking *asking, struct str ip)
{
	const struct geo *geo = asking->facts->geo;
	struct arena *arena = asking->arena;
	struct str prefix = asking->set->asn.prefix;
	struct str number = geo_system(geo, arena, ip);
	struct str organisation = geo_organisation(geo, arena, ip);

	if (asking->set->asn.no_database || number.len == 0)
		return false;
	message_tag_set(&asking->match->hits->tags, arena, STR("ASN"),
	                arena_printf(arena, "%.*s%.*s%s%.*s", STR_FMT(prefix), STR_FMT(number),
	                             organisation.len > 0 ? " " : "", STR_FMT(organisation)));
	return true;
}

static void at_message(struct asking *asking)
{
	const struct asn_set *asn = asking->data;
	const struct relay *relay = relays_first_external(asking->facts->relays);
	struct ip_address address;

	for (size_t i = 0; i < asn->lookups.len; i++) {
		struct map **tags = &asking->match->hits->tags;

		message_tag_set(tags, asking->arena, asn->lookups.items[i]->number_tag, STR(""));
		message_tag_set(tags, asking->arena, asn->lookups.items[i]->route_tag, STR(""));
	}
	if (relay == NULL || relay->ip_private || !ip_parse(relay->ip, &address))
		return;
	if (look_up(asking, relay->ip) && !asking->set->asn.dns_too)
		return;
	for (size_t i = 0; i < asn->lookups.len; i++) {
		struct asn_question *question;

		if (asn->lookups.items[i]->ipv6 == ip_is_v4(&address))
			continue;
		question = arena_new_object(asking->arena, struct asn_question);
		*question = (struct asn_question){ asking, asn, asn->lookups.items[i] };
		ask_question(asking, NULL,
		             arena_printf(asking->arena, "%.*s.%.*s",
		                          STR_FMT(ip_reversed(asking->arena, &address)),
		                          STR_FMT(asn->lookups.items[i]->zone)),
		             DNS_TXT, judge, question);
	}
}

/* All answers are there, or late. */
static void at_tags(struct asking *asking)
{
	check_rules(asking, asking->data);
}

const struct ask_kind asn_ask_kind = {
	.name = "asn",
	.functions = functions,
	.compile = compile,
	.at_message = at_message,
	.at_tags = at_tags,
};
