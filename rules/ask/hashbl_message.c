/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/hashbl_message.h"

#include "facts/networks.h"
#include "rules/model/host_list.h"

struct hashbl_message_requests *hashbl_message_requests_new(struct arena *arena)
{
	static const char *const recipients[] = { "X-Original-To:addr", "Apparently-To:addr",
		                                  "Delivered-To:addr", "Envelope-To:addr" };
	struct hashbl_message_requests *requests =
		arena_new_object(arena, struct hashbl_message_requests);
	struct error error;

	requests->resent = field_request_parse(arena, STR(SENDERS_RESENT), &error);
	for (size_t i = 0; i < SENDERS_COUNT; i++)
		requests->senders[i] =
			field_request_parse(arena, str_from(senders_requests[i]), &error);
	for (size_t i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++)
		requests->recipients[i] =
			field_request_parse(arena, str_from(recipients[i]), &error);
	return requests;
}

static void free_matcher(void *matcher)
{
	pattern_matcher_free(matcher);
}

bool hashbl_message_match(struct hashbl_message *message, const struct pattern *pattern,
                          struct str text, bool next, struct pattern_span *span)
{
	enum pattern_result result;

	if (deadline_passed(message->deadline))
		return false;
	if (message->matcher == NULL) {
		message->matcher = pattern_matcher_new(message->set->match_limit);
		arena_at_free(message->arena, free_matcher, message->matcher);
	}
	result = next ? pattern_match_next(pattern, message->matcher, text, span)
	              : pattern_match(pattern, message->matcher, text, 0, span);
	if (result == PATTERN_ABANDONED)
		pattern_matcher_halve_limit(message->matcher);
	return result == PATTERN_MATCH;
}

static bool is_skipped(const struct hashbl_message *message, const struct uri *uri)
{
	const struct map *skipped = message->set->uribl.skipped;
	const struct uri_host *host;

	vec_foreach (&uri->hosts, host)
		if (host_list_find_exact(skipped, host->host) == HOST_LISTED ||
		    host_list_find_exact(skipped, host->domain) == HOST_LISTED)
			return true;
	return false;
}

static void add(struct hashbl_message *message, const struct hashbl_rule *hashbl, struct str value,
                struct str_list *values)
{
	vec_push(message->arena, values,
	         hashbl->options & HASHBL_CASE ? value : arena_str_lower(message->arena, value));
}

/* Links and addresses in the displayed text, in all their forms. */
void hashbl_message_uris(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                         struct str_list *values)
{
	const struct uri_list *uris = &message->facts->message->uris;
	const struct uri *uri;
	const struct str *variant;

	vec_foreach (uris, uri) {
		if (str_starts_ci(uri->raw, STR("mailto:")) || uri->hosts.len == 0 ||
		    (uri->types & (URI_TYPE_A | URI_TYPE_PARSED)) == 0 || is_skipped(message, uri))
			continue;
		vec_foreach (&uri->variants, variant)
			add(message, hashbl, *variant, values);
	}
}

static struct str digits_of(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		if (char_is_digit(text.data[i]))
			out[len++] = text.data[i];
	return (struct str){ out, len };
}

/* What the pattern's first group takes of one text. */
static void add_groups(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                       struct str text, struct str_list *values)
{
	struct pattern_span span = { 0, 0 };
	struct str group;
	bool found = hashbl_message_match(message, hashbl->pattern, text, false, &span);

	for (; found; found = hashbl_message_match(message, hashbl->pattern, text, true, &span)) {
		if (!pattern_group(message->matcher, text, 1, &group))
			continue;
		if (hashbl->options & HASHBL_NUM)
			group = digits_of(message->arena, group);
		if (group.len > 0)
			add(message, hashbl, group, values);
	}
}

void hashbl_message_texts(struct hashbl_message *message, const struct rule *rule,
                          struct str_list *values)
{
	const struct message *mail = message->facts->message;
	const struct str_list *texts = rule->eval_raw ? &mail->rawbody : &mail->body;
	const struct str *text;

	if (str_starts_ci(rule->line->text, STR("full"))) {
		add_groups(message, rule->ask, mail->raw, values);
		return;
	}
	vec_foreach (texts, text)
		add_groups(message, rule->ask, *text, values);
}

/* What a part holds; decoded once for all rules. */
static struct str file_bytes(struct hashbl_message *message, size_t number)
{
	const struct mime_part_list *parts = &message->facts->message->parts;
	const struct mime_part *part = parts->items[number];
	struct mime_part copy = *part;

	if (part->decoded.data != part->raw_body.data)
		return part->decoded;
	if (message->files == NULL)
		message->files = arena_calloc(message->arena, parts->len, sizeof(*message->files));
	if (message->files[number].data == NULL)
		message->files[number] =
			mime_decode_transfer(message->arena, &copy, part->raw_body);
	return message->files[number];
}

static bool is_ignored(const struct hashbl_message *message, struct str value)
{
	return host_list_find_exact(message->set->hashbl.ignored,
	                            arena_str_lower(message->arena, value)) == HOST_LISTED;
}

void hashbl_message_files(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                          struct str_list *values)
{
	const struct mime_part_list *parts = &message->facts->message->parts;

	for (size_t i = 0; i < parts->len; i++) {
		const struct mime_part *part = parts->items[i];
		struct str bytes;

		if (part->first_child != NULL || is_ignored(message, part->type) ||
		    is_ignored(message, part->name))
			continue;
		bytes = file_bytes(message, i);
		if (bytes.len == 0 || bytes.len < hashbl->min_bytes ||
		    (hashbl->max_bytes > 0 && bytes.len > hashbl->max_bytes))
			continue;
		vec_push(message->arena, values,
		         hashbl_digest(message->arena, hashbl->digest, bytes));
	}
}

static bool is_wanted_address(unsigned options, const struct ip_address *address)
{
	if ((options & HASHBL_IPV4) != 0 && !ip_is_v4(address))
		return false;
	return (options & HASHBL_IPV6) == 0 || !ip_is_v4(address);
}

/* A host name; those of skipped domains aren't asked for. */
static bool is_wanted_name(struct hashbl_message *message, unsigned options, struct str *value)
{
	const struct uri_domains *domains = message_domains(message->facts->message);
	const struct map *skipped = message->set->uribl.skipped;
	struct str host = uri_host_to_ascii(message->arena, *value);
	bool is_name = uri_is_host_name(host);
	struct str domain = is_name ? uri_domain_in(message->arena, domains, host) : STR("");

	if ((options & (HASHBL_FQDN | HASHBL_TRIM)) != 0 && !is_name)
		return false;
	if (is_name && (host_list_find_exact(skipped, host) == HOST_LISTED ||
	                host_list_find_exact(skipped, domain) == HOST_LISTED))
		return false;
	if ((options & (HASHBL_TLD | HASHBL_TRIM)) != 0 && !uri_tld_in(domains, host))
		return false;
	if ((options & HASHBL_TRIM) != 0 && domain.len > 0)
		*value = domain;
	return true;
}

bool hashbl_message_tag_value(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                              struct str *value)
{
	unsigned options = hashbl->options;
	bool wants_address = (options & (HASHBL_IP | HASHBL_IPV4 | HASHBL_IPV6)) != 0;
	bool wants_name = (options & (HASHBL_FQDN | HASHBL_TLD)) != 0;
	struct ip_address address;

	if ((options & HASHBL_CASE) == 0)
		*value = arena_str_lower(message->arena, *value);
	if (!ip_parse(*value, &address))
		return (!wants_address || wants_name) && is_wanted_name(message, options, value);
	if (wants_address && !is_wanted_address(options, &address))
		return false;
	if (wants_name && !wants_address)
		return false;
	if ((options & HASHBL_REVIP) != 0)
		*value = ip_reversed(message->arena, &address);
	return true;
}
