/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/reported.h"

#include "base/decimal.h"
#include "base/strbuf.h"
#include "message/address_field.h"
#include "scoring/acquaintance.h"

#define RULE    "REPORTED_SPAM=100"
#define POINTS  100000
#define PURPOSE "reported mail"
/* The address that stands for the mail: hexadecimal digits in front of a domain that can't be. */
#define REPORTED_DOMAIN   "reported.invalid"
#define REPORTED_NAME_LEN 32

/* Where the front leaves drops to the hop, the hop looks. */
static bool is_wanted(const struct reported_input *input)
{
	const struct settings *settings = &input->policy->settings;

	return settings->spam_report_link && input->policy->has_seal_key && input->body->known &&
	       (input->front != NULL || !settings_has_hop(settings));
}

static struct str name_of(struct arena *arena, const struct reported_input *input)
{
	const struct header *from = header_first(input->headers, STR("From"));
	unsigned char hash[SEAL_HASH_SIZE];
	struct strbuf text;

	if (!is_wanted(input))
		return STR("");
	strbuf_init(&text, arena);
	strbuf_add(&text, (struct str){ (const char *)input->body->bytes, SEAL_HASH_SIZE });
	if (from != NULL)
		strbuf_add(&text,
		           arena_str_lower(arena, address_field_first(arena, from->unfolded)));
	if (!seal_box_hash(&input->policy->seal_key, PURPOSE, strbuf_str(&text), hash))
		return STR("");
	text.len = 0;
	for (size_t i = 0; i < REPORTED_NAME_LEN / 2; i++)
		strbuf_printf(&text, "%02x", hash[i]);
	strbuf_add(&text, STR("@" REPORTED_DOMAIN));
	return strbuf_str(&text);
}

/* Whose mail it is; empty where that can't be told, for one's report is nobody else's. */
static struct str account_of(struct arena *arena, const struct reported_input *input,
                             const struct envelope_recipient *recipient)
{
	struct str_list accounts;

	if (input->front == NULL)
		return recipient->address;
	accounts = origin_accounts(arena, input->policy, input->front, recipient, true);
	return accounts.len == 1 ? accounts.items[0] : STR("");
}

static void scopes_of(struct arena *arena, const struct reported_input *input, struct str account,
                      struct str_list *scopes)
{
	if (account.len > 0)
		acquaintance_scopes(arena, &input->policy->settings, account, scopes);
}

static bool is_blocked(const struct people_answer *answer, const struct str_list *scopes,
                       struct str name)
{
	for (size_t i = 0; i < answer->entries.len; i++) {
		const struct people_entry *entry = &answer->entries.items[i];

		if (entry->list != PEOPLE_BLOCKED || !str_eq(entry->pattern, name))
			continue;
		for (size_t k = 0; k < scopes->len; k++)
			if (scopes->items[k].len > 0 && str_eq(scopes->items[k], entry->scope))
				return true;
	}
	return false;
}

static struct hits_change with_report(struct arena *arena, struct hits_change change)
{
	return (struct hits_change){
		.score = decimal_add(change.score, POINTS),
		.rules = change.rules.len > 0
		                 ? arena_printf(arena, RULE ",%.*s", STR_FMT(change.rules))
		                 : STR(RULE),
	};
}

const struct hits_change *reported_changes(struct arena *arena, const struct reported_input *input,
                                           struct str *name_r)
{
	size_t count = input->recipients->len;
	struct hits_change *changes = arena_calloc(arena, count + 1, sizeof(*changes));
	struct str *accounts = arena_calloc(arena, count + 1, sizeof(*accounts));
	struct people_question question = { 0 };
	struct people_answer answer;

	*name_r = name_of(arena, input);
	if (input->people == NULL || name_r->len == 0)
		return input->before;
	for (size_t i = 0; i < count; i++) {
		accounts[i] = account_of(arena, input, &input->recipients->items[i]);
		scopes_of(arena, input, accounts[i], &question.scopes);
	}
	vec_push(arena, &question.patterns, *name_r);
	if (question.scopes.len == 0 ||
	    !input->people->read(input->people, arena, &question, input->deadline, &answer) ||
	    answer.entries.len == 0)
		return input->before;
	for (size_t i = 0; i < count; i++) {
		struct str_list scopes = { 0 };

		if (input->before != NULL)
			changes[i] = input->before[i];
		scopes_of(arena, input, accounts[i], &scopes);
		if (is_blocked(&answer, &scopes, *name_r))
			changes[i] = with_report(arena, changes[i]);
	}
	return changes;
}
