/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of `askdns`: names made of tags, asked for once all their tags have values. */
#include "base/strbuf.h"
#include "facts/dns_list.h"
#include "rules/ask/ask.h"
#include "rules/match/message_tag.h"
#include "rules/model/askdns_rule.h"

/* Tags of several values make many names; this many of one rule are asked for. */
#define NAMES_MAX 100

/* The rules of a set. */
struct askdns_set {
	struct askdns_rule **items;
	size_t len;
	size_t cap;
};

/* One rule and one message. */
struct askdns_use {
	struct asking *asking;
	const struct askdns_rule *askdns;
	struct str_list names; /* that were asked for */
	bool hit;
};

/* One name of it. */
struct question {
	struct askdns_use *use;
	struct str name;
};

static void *compile(struct ruleset *set)
{
	struct askdns_set *rules = arena_new_object(set->arena, struct askdns_set);

	for (size_t i = 0; i < set->askdns_rules.len; i++) {
		struct askdns_rule *askdns = set->askdns_rules.items[i];

		/* A later definition may have taken its place. */
		if (askdns->rule->ask == askdns && askdns->rule->off == NULL)
			vec_push(set->arena, rules, askdns);
	}
	return rules->len > 0 ? rules : NULL;
}

static bool filter_takes(const struct askdns_rule *askdns, struct pattern_matcher *matcher,
                         const struct str *octets, struct str text)
{
	struct pattern_span span;

	if (askdns->filter == ASKDNS_PATTERN)
		return pattern_match(askdns->pattern, matcher, text, 0, &span) == PATTERN_MATCH;
	if (askdns->filter == ASKDNS_ALL || (askdns->has_text && str_eq(text, askdns->text)))
		return true;
	return octets != NULL && askdns->has_subtest &&
	       dns_subtest_matches(&askdns->subtest, dns_subtest_address(*octets));
}

static bool takes_address(const struct askdns_rule *askdns, struct pattern_matcher *matcher,
                          uint32_t address)
{
	char octets[4] = { (char)(address >> 24), (char)(address >> 16), (char)(address >> 8),
		           (char)address };
	char text[16];
	int len = snprintf(text, sizeof(text), "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
	                   address >> 8 & 255, address & 255);

	return filter_takes(askdns, matcher, &(struct str){ octets, 4 },
	                    (struct str){ text, (size_t)len });
}

/* Does the filter take any of the addresses that lists usually list with? */
static bool takes_listings(const struct askdns_rule *askdns, struct pattern_matcher *matcher)
{
	for (uint32_t third = 0; third < 4; third++)
		for (uint32_t last = 0; last < 256; last++)
			if (takes_address(askdns, matcher, 127U << 24 | third << 8 | last))
				return true;
	return false;
}

/*
 * An answer of a list that is no listing (its operator refuses us, somebody on the way made it up)
 * counts only for rules that are about such answers and nothing else.
 */
static bool may_count(const struct askdns_rule *askdns, struct pattern_matcher *matcher,
                      const struct dns_record *record)
{
	return askdns->zone.len == 0 || record->type != DNS_A ||
	       dns_list_meaning(askdns->zone, record->data) == DNS_LIST_LISTED ||
	       !takes_listings(askdns, matcher);
}

static bool has_type(const struct askdns_rule *askdns, enum dns_type type)
{
	for (size_t i = 0; i < askdns->type_count; i++)
		if (askdns->types[i] == DNS_ANY || askdns->types[i] == type)
			return true;
	return false;
}

/* The first record that the rule is about, as text. */
static bool find_record(const struct askdns_rule *askdns, struct arena *arena,
                        const struct dns_answer *answer, struct str *text_r)
{
	struct pattern_matcher *matcher = pattern_matcher_new(0);
	bool found = false;

	for (size_t i = 0; i < answer->count && !found; i++) {
		const struct dns_record *record = &answer->records[i];

		if (!has_type(askdns, record->type))
			continue;
		*text_r = dns_record_zone_text(arena, record);
		found = filter_takes(askdns, matcher, record->type == DNS_A ? &record->data : NULL,
		                     *text_r) &&
		        may_count(askdns, matcher, record);
	}
	pattern_matcher_free(matcher);
	return found;
}

static void judge(void *context, const struct dns_answer *answer)
{
	const struct question *question = context;
	struct askdns_use *use = question->use;
	const struct askdns_rule *askdns = use->askdns;
	struct arena *arena = use->asking->arena;
	struct str text = STR("");

	if (use->hit || answer->rcode == DNS_NO_RCODE)
		return;
	if (askdns->filter == ASKDNS_RCODES)
		use->hit = answer->rcode < ASKDNS_RCODES_MAX &&
		           (askdns->rcodes >> answer->rcode & 1) != 0;
	else
		use->hit = answer->count > 0 && find_record(askdns, arena, answer, &text);
	if (use->hit)
		ask_hit(use->asking, askdns->rule,
		        arena_printf(arena, "%.*s %s:%.*s", STR_FMT(question->name),
		                     dns_type_name(askdns->question), STR_FMT(text)));
}

/* With each value of a tag in its place. */
static struct str_list replace(struct arena *arena, const struct str_list *names, struct str tag,
                               const struct str_list *values)
{
	struct str_list out = { 0 };

	for (size_t i = 0; i < names->len; i++) {
		for (size_t k = 0; k < values->len && out.len < NAMES_MAX; k++) {
			struct str rest = names->items[i];
			struct strbuf name;
			ptrdiff_t at;

			strbuf_init(&name, arena);
			for (; (at = str_find(rest, tag)) >= 0;
			     rest = str_from_offset(rest, (size_t)at + tag.len)) {
				strbuf_add(&name, str_prefix(rest, (size_t)at));
				strbuf_add(&name, values->items[k]);
			}
			strbuf_add(&name, rest);
			vec_push(arena, &out, strbuf_str(&name));
		}
	}
	return out;
}

/* All names that the template stands for; none while a tag has no value. */
static struct str_list names_of(const struct asking *asking, const struct askdns_rule *askdns)
{
	struct message_tags tags = { asking->arena, asking->facts, asking->match->hits->tags };
	struct str_list names = { 0 };

	vec_push(asking->arena, &names, askdns->template);
	for (size_t i = 0; i < askdns->tag_count && names.len > 0; i++) {
		const struct askdns_tag *tag = &askdns->tags[i];
		struct str_list values = { 0 };

		message_tag_values(&tags, tag->name, tag->argument, &values);
		names = replace(asking->arena, &names, tag->text, &values);
	}
	return names;
}

static bool was_asked(const struct askdns_use *use, struct str name)
{
	for (size_t i = 0; i < use->names.len; i++)
		if (str_eq(use->names.items[i], name))
			return true;
	return false;
}

static void ask(struct askdns_use *use)
{
	struct asking *asking = use->asking;
	struct str_list names = names_of(asking, use->askdns);

	for (size_t i = 0; i < names.len && use->names.len < NAMES_MAX; i++) {
		struct str name = uri_host_to_ascii(asking->arena, names.items[i]);
		struct question *question;

		if (!uri_is_host_name(name) || was_asked(use, name))
			continue;
		vec_push(asking->arena, &use->names, name);
		question = arena_new_object(asking->arena, struct question);
		*question = (struct question){ use, name };
		ask_question(asking, use->askdns->rule, name, use->askdns->question, judge,
		             question);
	}
}

/* When all tags of the rule have their values. */
static enum message_tag_time time_of(const struct askdns_rule *askdns)
{
	enum message_tag_time latest = MESSAGE_TAG_EARLY;

	for (size_t i = 0; i < askdns->tag_count; i++) {
		enum message_tag_time time = message_tag_time(askdns->tags[i].name);

		latest = time > latest ? time : latest;
	}
	return latest;
}

/* Makes what is kept of rules of a message; asks for those whose time it is. */
static void at_message(struct asking *asking)
{
	const struct askdns_set *rules = asking->data;
	struct askdns_use *uses = arena_calloc(asking->arena, rules->len, sizeof(*uses));

	asking->askdns_uses = uses;
	asking->askdns_use_count = rules->len;
	for (size_t i = 0; i < rules->len; i++) {
		uses[i].asking = asking;
		uses[i].askdns = rules->items[i];
		if (time_of(uses[i].askdns) == MESSAGE_TAG_EARLY &&
		    ask_wants(asking, uses[i].askdns->rule))
			ask(&uses[i]);
	}
}

static void ask_later_ones(struct asking *asking, enum message_tag_time from)
{
	for (size_t i = 0; i < asking->askdns_use_count; i++) {
		struct askdns_use *use = &asking->askdns_uses[i];

		if (time_of(use->askdns) >= from && ask_wants(asking, use->askdns->rule))
			ask(use);
	}
}

static void at_tags(struct asking *asking)
{
	ask_later_ones(asking, MESSAGE_TAG_LATE);
}

const struct ask_kind askdns_ask_kind = {
	.name = "askdns",
	.compile = compile,
	.at_message = at_message,
	.at_tags = at_tags,
};
