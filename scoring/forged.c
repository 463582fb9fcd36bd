/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/forged.h"

#include "base/strbuf.h"
#include "facts/spf_header.h"
#include "forward/address.h"
#include "forward/release_mark.h"
#include "forward/seal.h"

/* By the rules of host names: case, A- and U-labels, a dot at the end. */
static bool is_same_host(struct arena *arena, struct str a, struct str b)
{
	a = address_fold_domain(arena, a);
	b = address_fold_domain(arena, b);
	/* An ideographic one is a plain one only now. */
	while (a.len > 0 && a.data[a.len - 1] == '.')
		a.len--;
	return a.len > 0 && str_eq(a, b);
}

/* Skips white space and comments, with those inside them (RFC 5322 section 3.2.2). */
static struct str skip_comments(struct str text)
{
	unsigned depth = 0;

	while (text.len > 0) {
		char c = text.data[0];

		if (depth == 0 && c != '(' && !char_is_space(c))
			break;
		if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
		else if (c == '\\' && text.len > 1)
			text = str_from_offset(text, 1);
		text = str_from_offset(text, 1);
	}
	return text;
}

/* A word up to white space, a comment, or a semicolon, without its quotes and backslashes. */
static struct str take_word(struct str text, struct strbuf *word)
{
	bool quoted = false;

	while (text.len > 0) {
		char c = text.data[0];

		if (!quoted && (char_is_space(c) || c == ';' || c == '(' || c == '/'))
			break;
		if (c == '\\' && text.len > 1) {
			text = str_from_offset(text, 1);
			strbuf_add_char(word, text.data[0]);
		} else if (c == '"') {
			quoted = !quoted;
		} else {
			strbuf_add_char(word, c);
		}
		text = str_from_offset(text, 1);
	}
	return text;
}

/* The host, or whatever else it calls itself, whose results an Authentication-Results value claims
 * to be (RFC 8601 section 2.2), as `name`? Read as freely as anybody may read it. */
static bool claims_name(struct arena *arena, struct str value, struct str name)
{
	struct strbuf id;

	strbuf_init(&id, arena);
	for (;;) {
		size_t before = id.len;
		bool goes_on;

		value = take_word(skip_comments(value), &id);
		if (is_same_host(arena, str_trim(strbuf_str(&id)), name))
			return true;
		/* Around the dots of a name there may be comments, by the obsolete syntax. */
		value = skip_comments(value);
		goes_on = id.len > before && value.len > 0 && value.data[0] != ';' &&
		          (id.data[id.len - 1] == '.' || value.data[0] == '.');
		if (!goes_on)
			return false;
	}
}

/* All names under which we may be known, to ourselves or to others. */
static bool is_our_name(struct arena *arena, const struct report_input *input, struct str name)
{
	const struct policy *policy = input->policy;

	return is_same_host(arena, name, policy->hostname) ||
	       is_same_host(arena, name, input->envelope->host) ||
	       is_same_host(arena, name, report_authserv_id(input));
}

/*
 * One that claims our name would be believed when the stored message is scored again. Where we
 * write one, those that name nobody would be taken for ours as well.
 */
static bool is_forged_spf(struct arena *arena, const struct report_input *input, struct str value)
{
	struct str_list receivers = { 0 };
	const struct str *receiver;

	spf_received_receivers(arena, value, &receivers);
	vec_foreach (&receivers, receiver)
		if (is_our_name(arena, input, *receiver))
			return true;
	return receivers.len == 0 && report_writes_spf(input);
}

bool forged_field(struct arena *arena, const struct report_input *input,
                  const struct raw_field *field)
{
	if (str_eq_ci(field->name, STR(SEAL_HEADER_NAME)) ||
	    str_eq_ci(field->name, STR(RELEASE_MARK_NAME)) ||
	    str_eq_ci(field->name, STR(OBSERVED_HEADER_NAME)))
		return true;
	if (input->sealed)
		return false;
	if (str_starts_ci(field->name, STR("X-Spam-")))
		return true;
	if (input->hop || (!str_eq_ci(field->name, STR("Received-SPF")) &&
	                   !str_eq_ci(field->name, STR("Authentication-Results"))))
		return false;
	if (field->value.data == NULL)
		return true;
	if (str_eq_ci(field->name, STR("Received-SPF")))
		return is_forged_spf(arena, input, header_unfold(arena, field->value));
	return claims_name(arena, header_unfold(arena, field->value), report_authserv_id(input));
}
