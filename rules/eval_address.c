/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval_address.h"

#include "rules/field.h"

/* "a..b@c" → "a.b@c", in lower case: some senders are written with runs of dots. */
static struct str tidy_sender(struct arena *arena, struct str address)
{
	char *copy = arena_alloc(arena, address.len);
	size_t len = 0;

	for (size_t i = 0; i < address.len; i++)
		if (address.data[i] != '.' || len == 0 || copy[len - 1] != '.')
			copy[len++] = char_lower(address.data[i]);
	return (struct str){ copy, len };
}

void eval_addresses_of(struct match *match, const char *request, struct str_list *addresses)
{
	struct str rest = field_text(match, request), address;

	while (str_next_piece(&rest, '\n', &address))
		if (address.len > 0)
			vec_push(match->arena, addresses, tidy_sender(match->arena, address));
}

void eval_senders(struct match *match, struct str_list *addresses)
{
	static const char *const requests[] = { "From:addr", "Envelope-Sender:addr",
		                                "Resent-Sender:addr", "X-Envelope-From:addr",
		                                "EnvelopeFrom:addr" };

	eval_addresses_of(match, "Resent-From:first:addr", addresses);
	if (addresses->len > 0)
		return;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		eval_addresses_of(match, requests[i], addresses);
}

/* What the newest three Received fields say in "for <address>;". */
static void received_recipients(struct match *match, struct str_list *addresses)
{
	const struct header_list *headers = &match->facts->message->headers;
	const struct header *header = NULL;

	for (int i = 0; i < 3; i++) {
		struct str text;
		ptrdiff_t at, end;

		header = header_next(headers, STR("Received"), header);
		if (header == NULL)
			return;
		at = str_find(header->unfolded, STR(" for "));
		if (at < 0)
			continue;
		text = str_from_offset(header->unfolded, (size_t)at + 5);
		if (text.len > 0 && text.data[0] == '<')
			text = str_from_offset(text, 1);
		end = str_find_char(text, ';');
		if (end < 1)
			continue;
		text = str_prefix(text, (size_t)end);
		if (text.data[text.len - 1] == '>')
			text.len--;
		if (str_find_char(text, '@') > 0 && str_find_char(text, ' ') < 0)
			vec_push(match->arena, addresses, arena_str_lower(match->arena, text));
	}
}

void eval_recipients(struct match *match, struct str_list *addresses)
{
	static const char *const requests[] = {
		"To:addr",
		"Apparently-To:addr",
		"Delivered-To:addr",
		"Envelope-Recipients:addr",
		"Apparently-Resent-To:addr",
		"X-Envelope-To:addr",
		"Envelope-To:addr",
		"X-Delivered-To:addr",
		"X-Original-To:addr",
		"X-Rcpt-To:addr",
		"X-Real-To:addr",
		"Cc:addr",
	};
	const struct envelope *envelope = match->facts->envelope;
	size_t known;

	for (size_t i = 0; envelope != NULL && i < envelope->recipients.len; i++)
		vec_push(match->arena, addresses,
		         arena_str_lower(match->arena, envelope->recipients.items[i].address));
	known = addresses->len;
	eval_addresses_of(match, "Resent-To:first:addr", addresses);
	eval_addresses_of(match, "Resent-Cc:first:addr", addresses);
	if (addresses->len > known)
		return;
	received_recipients(match, addresses);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		eval_addresses_of(match, requests[i], addresses);
}
