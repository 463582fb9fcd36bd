/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/visitor.h"

#include "base/shown.h"

static struct visitor nobody(enum word why)
{
	return (struct visitor){ .why = why };
}

/* One word of plain characters, which no report could take for another account's. */
static bool is_account(struct str account)
{
	struct str rest = account, word;

	for (size_t i = 0; i < account.len; i++)
		if ((unsigned char)account.data[i] <= ' ' || account.data[i] == 0x7f)
			return false;
	return account.len <= LINK_ACCOUNT_MAX && str_next_word(&rest, &word) &&
	       str_eq(word, account) && !str_eq(account, STR(VISITOR_ALL)) &&
	       account.data[0] != '@' && account.data[account.len - 1] != '@';
}

static struct visitor customer(struct arena *arena, struct str account, bool by_link)
{
	if (!is_account(account))
		return nobody(WORD_WHO_UNKNOWN);
	account = arena_str_lower(arena, account);
	return (struct visitor){
		.kind = VISITOR_CUSTOMER, .name = account, .account = account, .by_link = by_link
	};
}

static struct visitor staff(struct arena *arena, struct str name, bool by_link)
{
	return (struct visitor){ .kind = VISITOR_STAFF,
		                 .name = shown_text(arena, name),
		                 .by_link = by_link };
}

static enum word word_of(enum link_state state)
{
	if (state == LINK_EXPIRED)
		return WORD_WHO_EXPIRED;
	return state == LINK_REVOKED ? WORD_WHO_REVOKED : WORD_WHO_UNKNOWN;
}

static enum link_state judge(struct arena *arena, const struct visitor_rules *rules,
                             enum link_purpose purpose, struct str text, int64_t now,
                             struct signed_link *content_r)
{
	enum link_state state;
	struct error error;

	if (rules->key == NULL)
		return LINK_FORGED;
	state = signed_link_read(arena, rules->key, purpose, text, now, content_r);
	error.text[0] = '\0';
	state = link_epochs_judge(rules->epochs_path, state, content_r, &error);
	return state;
}

static struct visitor of_session(struct arena *arena, const struct visitor_rules *rules,
                                 struct str session, int64_t now)
{
	struct signed_link content;
	enum link_state state = judge(arena, rules, LINK_SESSION, session, now, &content);

	if (state != LINK_VALID)
		return nobody(word_of(state));
	if (str_eq(content.account, STR(VISITOR_ALL)))
		return staff(arena, str_from(words_text(WORD_STAFF)), true);
	return customer(arena, content.account, true);
}

struct visitor visitor_of(struct arena *arena, const struct visitor_rules *rules,
                          const struct request *request, int64_t now)
{
	struct str name = STR(""), account = STR("");

	if (request->near) {
		if (rules->account_header.len > 0 &&
		    !request_header(request, rules->account_header, &account))
			return nobody(WORD_WHO_TWICE);
		if (rules->staff_header.len > 0 &&
		    !request_header(request, rules->staff_header, &name))
			return nobody(WORD_WHO_TWICE);
	}
	if (account.len > 0)
		return customer(arena, account, false);
	if (name.len > 0)
		return staff(arena, name, false);
	if (request->session.len > 0)
		return of_session(arena, rules, request->session, now);
	return nobody(WORD_WHO_NOBODY);
}

bool visitor_open(struct arena *arena, const struct visitor_rules *rules, struct str text,
                  int64_t now, struct str *cookie_r, int64_t *seconds_r, enum word *why_r)
{
	struct signed_link content;
	enum link_state state = judge(arena, rules, LINK_VIEW, text, now, &content);

	*why_r = word_of(state);
	if (state != LINK_VALID)
		return false;
	*seconds_r = content.expires - now;
	content.purpose = LINK_SESSION;
	return signed_link_write(arena, rules->key, &content, cookie_r);
}
