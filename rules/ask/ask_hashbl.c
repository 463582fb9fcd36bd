/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists that are asked for hashes: check_hashbl_emails(), _uris(), _bodyre(), _tag(),
 * _attachments(). */
#include "facts/dns_list.h"
#include "facts/networks.h"
#include "rules/ask/ask.h"
#include "rules/ask/hashbl_message.h"
#include "rules/ask/pick.h"
#include "rules/match/message_tag.h"
#include "rules/model/host_list.h"

struct hashbl_kind_data {
	struct rule_list rules; /* in file order */
	struct hashbl_message_requests *requests;
};

/* A value that a list is asked for. */
struct hashbl_question {
	struct asking *asking;
	struct hashbl_message *message;
	const struct rule *rule;
	struct str value; /* before it was hashed; empty for files */
};

static const struct ask_function functions[] = {
	{ "check_hashbl_emails", hashbl_rule_prepare },
	{ "check_hashbl_uris", hashbl_rule_prepare },
	{ "check_hashbl_bodyre", hashbl_rule_prepare },
	{ "check_hashbl_tag", hashbl_rule_prepare },
	{ "check_hashbl_attachments", hashbl_rule_prepare },
	{ 0 },
};

static bool text_hits(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                      struct str text)
{
	struct pattern_span span;

	if (hashbl->subtest == NULL)
		return str_starts(text, STR("127."));
	return hashbl_message_match(message, hashbl->subtest, text, false, &span);
}

/* An address that is no listing counts where a private list has such ones and nothing else. */
static bool counts(const struct hashbl_rule *hashbl, const struct dns_record *record)
{
	return dns_list_record_counts(hashbl->zone, hashbl->type, record, false) ||
	       (hashbl->wants_others &&
	        dns_list_meaning(hashbl->zone, record->data) == DNS_LIST_REWRITTEN);
}

static void judge(void *context, const struct dns_answer *answer)
{
	const struct hashbl_question *question = context;
	const struct hashbl_rule *hashbl = question->rule->ask;
	struct arena *arena = question->asking->arena;

	for (size_t i = 0; answer->status == DNS_OK && i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];

		if (!counts(hashbl, record) ||
		    !text_hits(question->message, hashbl, dns_record_text(arena, record)))
			continue;
		ask_hit(question->asking, question->rule, question->value);
		return;
	}
}

static bool is_ignored(const struct ruleset *set, struct arena *arena, struct str text)
{
	return host_list_find_exact(set->hashbl.ignored, arena_str_lower(arena, text)) ==
	       HOST_LISTED;
}

static void ask(struct asking *asking, struct hashbl_message *message, const struct rule *rule,
                struct str value)
{
	const struct hashbl_rule *hashbl = rule->ask;
	bool is_hash = hashbl->source == HASHBL_FILES;
	struct str hash = is_hash ? value : hashbl_digest(asking->arena, hashbl->digest, value);
	struct hashbl_question *question;

	if ((!is_hash && is_ignored(asking->set, asking->arena, value)) ||
	    is_ignored(asking->set, asking->arena, hash))
		return;
	question = arena_new_object(asking->arena, struct hashbl_question);
	*question = (struct hashbl_question){ asking, message, rule, is_hash ? STR("") : value };
	ask_question(asking, rule,
	             arena_printf(asking->arena, "%.*s.%.*s", STR_FMT(hash), STR_FMT(hashbl->zone)),
	             hashbl->type, judge, question);
}

/* Each once. */
static void drop_twins(struct arena *arena, struct str_list *values)
{
	struct map *seen = map_new(arena, MAP_EXACT);
	size_t kept = 0;

	for (size_t i = 0; i < values->len; i++) {
		if (map_get(seen, values->items[i]) != NULL)
			continue;
		map_set(seen, values->items[i], seen);
		values->items[kept++] = values->items[i];
	}
	values->len = kept;
}

static void ask_for_all(struct asking *asking, struct hashbl_message *message,
                        const struct rule *rule, struct str_list *values)
{
	const struct hashbl_rule *hashbl = rule->ask;

	drop_twins(asking->arena, values);
	if (values->len > hashbl->max) {
		if (hashbl->options & HASHBL_SHUFFLE)
			pick_some(values->items, sizeof(*values->items), values->len, hashbl->max,
			          pick_chance());
		values->len = hashbl->max;
	}
	for (size_t i = 0; i < values->len; i++)
		ask(asking, message, rule, values->items[i]);
}

/* What a tag says by now, as the rule's options have it. */
static void collect_tag(struct asking *asking, struct hashbl_message *message,
                        const struct hashbl_rule *hashbl, struct str_list *values)
{
	const struct message_tags tags = { asking->arena, asking->facts,
		                           asking->match->hits->tags };
	struct str_list found = { 0 };

	message_tag_values(&tags, hashbl->tag, (struct str){ NULL, 0 }, &found);
	for (size_t i = 0; i < found.len; i++)
		if (hashbl_message_tag_value(message, hashbl, &found.items[i]))
			vec_push(asking->arena, values, found.items[i]);
}

static void collect(struct asking *asking, struct hashbl_message *message, const struct rule *rule,
                    struct str_list *values)
{
	const struct hashbl_rule *hashbl = rule->ask;

	switch (hashbl->source) {
	case HASHBL_EMAILS:
		hashbl_message_emails(message, hashbl, values);
		break;
	case HASHBL_URIS:
		hashbl_message_uris(message, hashbl, values);
		break;
	case HASHBL_BODY:
		hashbl_message_texts(message, rule, values);
		break;
	case HASHBL_TAG:
		collect_tag(asking, message, hashbl, values);
		break;
	default:
		hashbl_message_files(message, hashbl, values);
		break;
	}
}

static struct hashbl_message *message_of(struct asking *asking)
{
	const struct hashbl_kind_data *data = asking->data;
	struct hashbl_message *message = arena_new_object(asking->arena, struct hashbl_message);

	message->set = asking->set;
	message->facts = asking->facts;
	message->requests = data->requests;
	message->arena = asking->arena;
	message->deadline = asking->match->deadline;
	return message;
}

/* For the values of tags, or for all others. */
static void ask_for_rules(struct asking *asking, bool of_tags)
{
	const struct hashbl_kind_data *data = asking->data;
	struct hashbl_message *message = message_of(asking);

	for (size_t i = 0; i < data->rules.len; i++) {
		const struct rule *rule = data->rules.items[i];
		const struct hashbl_rule *hashbl = rule->ask;
		struct str_list values = { 0 };

		if ((hashbl->source == HASHBL_TAG) != of_tags || !ask_wants(asking, rule))
			continue;
		collect(asking, message, rule, &values);
		ask_for_all(asking, message, rule, &values);
	}
}

static void at_message(struct asking *asking)
{
	ask_for_rules(asking, false);
}

static void at_tags(struct asking *asking)
{
	ask_for_rules(asking, true);
}

static void *compile(struct ruleset *set)
{
	const struct rule_list *rules = &set->by_type[RULE_ASK];
	struct hashbl_kind_data *data = arena_new_object(set->arena, struct hashbl_kind_data);

	for (size_t i = 0; i < rules->len; i++) {
		const struct ask_function *function = rules->items[i]->ask_function;

		if (function != NULL && function->prepare == hashbl_rule_prepare) {
			const struct hashbl_rule *hashbl = rules->items[i]->ask;

			ask_use_list(set, hashbl->zone, DNS_LIST_NAMES);
			vec_push(set->arena, &data->rules, rules->items[i]);
		}
	}
	data->requests = hashbl_message_requests_new(set->arena);
	return data->rules.len > 0 ? data : NULL;
}

const struct ask_kind hashbl_ask_kind = {
	.name = "hashbl",
	.functions = functions,
	.compile = compile,
	.at_message = at_message,
	.at_tags = at_tags,
};
