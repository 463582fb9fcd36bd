/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval_address.h"

#include "rules/eval/eval.h"
#include "rules/match/senders.h"

void eval_addresses_of(const struct eval_context *context, const char *request,
                       struct str_list *addresses)
{
	struct str rest = eval_field(context, request), address;

	while (str_next_piece(&rest, '\n', &address))
		if (address.len > 0)
			vec_push(context->arena, addresses,
			         senders_tidy(context->arena,
			                      arena_str_lower(context->arena, address)));
}

static void find_senders(const struct eval_context *context, struct str_list *addresses)
{
	eval_addresses_of(context, SENDERS_RESENT, addresses);
	if (addresses->len > 0 && !eval_reads_4_0_3(context))
		return;
	for (size_t i = 0; i < SENDERS_COUNT; i++)
		eval_addresses_of(context, senders_requests[i], addresses);
}

const struct str_list *eval_senders(const struct eval_context *context)
{
	struct str_list *senders = eval_cached(context, EVAL_CACHE_SENDERS);

	if (senders == NULL) {
		senders = arena_new_object(context->arena, struct str_list);
		find_senders(context, senders);
		eval_cache(context, EVAL_CACHE_SENDERS, senders);
	}
	return senders;
}

/* "joe@example.org>;…" → "joe@example.org"; empty where no address ends like that. */
static struct str recipient_at(struct str text)
{
	size_t end = 0;
	ptrdiff_t at;

	if (str_starts(text, STR("<")))
		text = str_from_offset(text, 1);
	while (end < text.len && !char_is_space(text.data[end]) && text.data[end] != ';')
		end++;
	if (end == text.len || text.data[end] != ';')
		return STR("");
	text = str_prefix(text, end > 0 && text.data[end - 1] == '>' ? end - 1 : end);
	at = str_rfind_char(text, '@');
	if (at < 1 || !uri_is_host_name(str_from_offset(text, (size_t)at + 1)))
		return STR("");
	return text;
}

/* What the newest three Received fields say in "for <address>;". */
static void received_recipients(const struct eval_context *context, struct str_list *addresses)
{
	const struct header_list *headers = &context->message->headers;
	const struct header *header = NULL;

	for (int i = 0; i < 3; i++) {
		struct str rest, address = STR("");
		ptrdiff_t at;

		header = header_next(headers, STR("Received"), header);
		if (header == NULL)
			return;
		rest = header->unfolded;
		while (address.len == 0 && (at = str_find(rest, STR(" for "))) >= 0) {
			rest = str_from_offset(rest, (size_t)at + 5);
			address = recipient_at(rest);
		}
		if (address.len > 0)
			vec_push(context->arena, addresses, address);
	}
}

/* The same as they are written. */
static void written_addresses(const struct eval_context *context, const char *request,
                              struct str_list *addresses)
{
	struct str rest = eval_field(context, request), address;

	while (str_next_piece(&rest, '\n', &address))
		if (address.len > 0)
			vec_push(context->arena, addresses, address);
}

void eval_recipients(const struct eval_context *context, struct str_list *addresses)
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
	const struct envelope *envelope = context->facts->envelope;
	size_t known;

	for (size_t i = 0; envelope != NULL && i < envelope->recipients.len; i++)
		vec_push(context->arena, addresses, envelope->recipients.items[i].address);
	known = addresses->len;
	written_addresses(context, "Resent-To:first:addr", addresses);
	written_addresses(context, "Resent-Cc:first:addr", addresses);
	if (addresses->len > known && !eval_reads_4_0_3(context))
		return;
	received_recipients(context, addresses);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		written_addresses(context, requests[i], addresses);
}
