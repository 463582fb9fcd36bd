/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses of a message that lists are asked for. */
#include "base/strbuf.h"
#include "rules/ask/email_find.h"
#include "rules/ask/hashbl_message.h"
#include "rules/model/host_list.h"

/* More addresses of a message are not looked at. */
#define MAX_ADDRESSES 2000

/* An address in its two parts. */
struct parts {
	struct str user;
	struct str domain;
};

/* The next address in the text, as hashbl_email_regex says, at or after *span. */
static bool match_address(struct hashbl_message *message, struct str text, bool next,
                          struct pattern_span *span, struct str *address_r)
{
	const struct hashbl_settings *settings = &message->set->hashbl;
	const struct uri_domains *domains = message_domains(message->facts->message);

	while (hashbl_message_match(message, settings->address, text, next, span)) {
		*address_r =
			str_prefix(str_from_offset(text, span->start), span->end - span->start);
		if (!settings->address_checks_tld || uri_tld_in(domains, *address_r))
			return true;
		next = true;
	}
	return false;
}

static bool next_address(struct hashbl_message *message, struct str text, bool next,
                         struct pattern_span *span, struct str *address_r)
{
	const struct uri_domains *domains = message_domains(message->facts->message);

	if (message->set->hashbl.address != NULL)
		return match_address(message, text, next, span, address_r);
	return email_find_next(domains, text, &span->end, address_r);
}

static void find_in(struct hashbl_message *message, struct str text, bool unquoted,
                    struct str_list *addresses)
{
	struct pattern_span span = { 0, 0 };
	struct str address;
	bool next = false;

	for (; addresses->len < MAX_ADDRESSES && next_address(message, text, next, &span, &address);
	     next = true)
		if (!unquoted || !email_find_is_quoted(text, address))
			vec_push(message->arena, addresses, address);
}

/* Those that fields name as the sender, as they are. */
static void find_senders(struct hashbl_message *message, struct str_list *addresses)
{
	const struct hashbl_message_requests *requests = message->requests;
	struct str_list found = { 0 };

	field_values(message->facts, message->arena, requests->resent, &found);
	if (found.len == 0)
		for (size_t i = 0; i < SENDERS_COUNT; i++)
			field_values(message->facts, message->arena, requests->senders[i], &found);
	for (size_t i = 0; i < found.len && addresses->len < MAX_ADDRESSES; i++)
		vec_push(message->arena, addresses, senders_tidy(message->arena, found.items[i]));
}

static void find_in_field(struct hashbl_message *message, struct field_request *request,
                          struct str_list *addresses)
{
	struct str_list values = { 0 };

	field_values(message->facts, message->arena, request, &values);
	for (size_t i = 0; i < values.len; i++)
		find_in(message, values.items[i], false, addresses);
}

/* Links to addresses, which the displayed text need not show. */
static void find_in_links(struct hashbl_message *message, struct str_list *addresses)
{
	const struct uri_list *uris = &message->facts->message->uris;
	const struct uri *uri;

	vec_foreach (uris, uri)
		if ((uri->types & URI_TYPE_A) != 0 && (uri->types & URI_TYPE_PARSED) == 0 &&
		    str_starts_ci(uri->raw, STR("mailto:")))
			find_in(message, str_from_offset(uri->raw, 7), false, addresses);
}

/* Its paragraphs in one text. */
static struct str whole_body(struct hashbl_message *message)
{
	const struct str_list *texts = &message->facts->message->body;

	if (message->body.data == NULL)
		message->body = arena_concat(message->arena, texts->items, texts->len);
	return message->body;
}

static void find_in_body(struct hashbl_message *message, unsigned options,
                         struct str_list *addresses)
{
	struct str body = whole_body(message);

	find_in_links(message, addresses);
	if (options & HASHBL_NOURI)
		body = email_find_drop_uris(message->arena, body);
	find_in(message, body, (options & HASHBL_NOQUOTE) != 0, addresses);
}

static void find_all(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                     struct str_list *addresses)
{
	for (size_t i = 0; i < hashbl->fields.len; i++) {
		const struct hashbl_rule_field *field = &hashbl->fields.items[i];

		if (field->place == HASHBL_IN_SENDERS)
			find_senders(message, addresses);
		else if (field->place == HASHBL_IN_BODY)
			find_in_body(message, hashbl->options, addresses);
		else
			find_in_field(message, field->request, addresses);
	}
}

/* The addresses that the message was for, in lower case. */
static const struct map *recipients_of(struct hashbl_message *message)
{
	struct str_list found = { 0 };

	if (message->recipients != NULL)
		return message->recipients;
	message->recipients = map_new(message->arena, MAP_IGNORE_CASE);
	for (size_t i = 0;
	     i < sizeof(message->requests->recipients) / sizeof(message->requests->recipients[0]);
	     i++)
		field_values(message->facts, message->arena, message->requests->recipients[i],
		             &found);
	for (size_t i = 0; i < found.len; i++)
		map_set(message->recipients, found.items[i], message);
	return message->recipients;
}

static bool is_welcomed(struct hashbl_message *message, struct str address)
{
	const struct pattern *welcomed = message->set->hashbl.welcomed;
	struct pattern_span span;

	if (map_get(recipients_of(message), address) != NULL)
		return true;
	if (welcomed != NULL)
		return hashbl_message_match(message, welcomed, address, false, &span);
	return email_find_is_common(address);
}

static struct str trimmed(struct hashbl_message *message, struct str host)
{
	struct str domain = uri_domain_in(message->arena, message_domains(message->facts->message),
	                                  uri_host_to_ascii(message->arena, host));

	return domain.len > 0 ? domain : host;
}

/* With an ACL its domains count, else all but those that are no use to ask for. */
static bool is_asked_for(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                         struct str domain)
{
	const struct map *skipped = message->set->uribl.skipped;
	struct str lower = arena_str_lower(message->arena, domain);

	if (hashbl->acl != NULL)
		return host_list_find_exact(hashbl->acl, lower) == HOST_LISTED;
	return hashbl->has_acl ||
	       (host_list_find_exact(skipped, lower) != HOST_LISTED &&
	        host_list_find_exact(skipped, trimmed(message, lower)) != HOST_LISTED);
}

static struct str without_dots(struct arena *arena, struct str user)
{
	char *out = arena_alloc(arena, user.len);
	size_t len = 0;

	for (size_t i = 0; i < user.len; i++)
		if (user.data[i] != '.')
			out[len++] = user.data[i];
	return (struct str){ out, len };
}

/* What of it is asked for. */
static struct str value_of(struct hashbl_message *message, unsigned options, struct parts parts)
{
	ptrdiff_t plus;

	if (options & HASHBL_NODOT)
		parts.user = without_dots(message->arena, parts.user);
	plus = str_find_char(parts.user, '+');
	if ((options & HASHBL_NOTAG) != 0 && plus >= 0)
		parts.user.len = (size_t)plus;
	if (options & HASHBL_DOMAIN)
		return trimmed(message, parts.domain);
	if (options & HASHBL_HOST)
		return parts.domain;
	if (options & HASHBL_USER)
		return parts.user;
	return arena_printf(message->arena, "%.*s@%.*s", STR_FMT(parts.user),
	                    STR_FMT(parts.domain));
}

static struct str without_alias(const struct hashbl_message *message, struct str domain)
{
	const struct str *other =
		map_get(message->set->hashbl.aliases, arena_str_lower(message->arena, domain));

	return other != NULL ? *other : domain;
}

static void add_address(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                        struct str address, struct str_list *values)
{
	ptrdiff_t at = str_rfind_char(address, '@');
	struct parts parts;
	struct str value;

	if (at < 0 || (size_t)at + 1 == address.len)
		return;
	parts.user = str_prefix(address, (size_t)at);
	parts.domain = without_alias(message, str_from_offset(address, (size_t)at + 1));
	address = arena_printf(message->arena, "%.*s@%.*s", STR_FMT(parts.user),
	                       STR_FMT(parts.domain));
	if (is_welcomed(message, address) || !is_asked_for(message, hashbl, parts.domain))
		return;
	value = value_of(message, hashbl->options, parts);
	if ((hashbl->options & HASHBL_CASE) == 0)
		value = arena_str_lower(message->arena, value);
	vec_push(message->arena, values, value);
}

void hashbl_message_emails(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                           struct str_list *values)
{
	struct map *seen = map_new(message->arena, MAP_EXACT);
	struct str_list addresses = { 0 };

	find_all(message, hashbl, &addresses);
	for (size_t i = 0; i < addresses.len; i++) {
		if (map_get(seen, addresses.items[i]) != NULL)
			continue;
		map_set(seen, addresses.items[i], message);
		add_address(message, hashbl, addresses.items[i], values);
	}
}
