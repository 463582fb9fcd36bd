/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/message_tag.h"

#include "rules/match/field.h"
#include "rules/match/field_country.h"

/* More values of one tag are left out. */
#define VALUES_MAX 200

/* One use of a tag. */
struct use {
	const struct message_tags *tags;
	struct str argument;
	struct str_list *values;
};

static void add(const struct use *use, struct str value)
{
	if (value.len == 0 || use->values->len >= VALUES_MAX)
		return;
	for (size_t i = 0; i < use->values->len; i++)
		if (str_eq(use->values->items[i], value))
			return;
	vec_push(use->tags->arena, use->values, value);
}

static const struct relay *last_external(const struct use *use)
{
	return relays_first_external(use->tags->facts->relays);
}

static const struct relay *first_trusted(const struct use *use)
{
	const struct relay_list *relays = use->tags->facts->relays;

	return relays->trusted > 0 ? &relays->items[relays->trusted - 1] : NULL;
}

static void add_reversed(const struct use *use, struct str ip)
{
	struct ip_address address;

	if (ip_parse(ip, &address))
		add(use, ip_reversed(use->tags->arena, &address));
}

static void external_ip(const struct use *use)
{
	if (last_external(use) != NULL)
		add(use, last_external(use)->ip);
}

static void external_reversed(const struct use *use)
{
	if (last_external(use) != NULL)
		add_reversed(use, last_external(use)->ip);
}

static void external_rdns(const struct use *use)
{
	if (last_external(use) != NULL)
		add(use, last_external(use)->rdns);
}

static void external_helo(const struct use *use)
{
	if (last_external(use) != NULL)
		add(use, last_external(use)->helo);
}

static void trusted_ip(const struct use *use)
{
	if (first_trusted(use) != NULL)
		add(use, first_trusted(use)->ip);
}

static void trusted_reversed(const struct use *use)
{
	if (first_trusted(use) != NULL)
		add_reversed(use, first_trusted(use)->ip);
}

static void relays_trusted(const struct use *use)
{
	add(use, relays_text(use->tags->facts->relays, RELAYS_TRUSTED));
}

static void relays_untrusted(const struct use *use)
{
	add(use, relays_text(use->tags->facts->relays, RELAYS_UNTRUSTED));
}

static void relays_internal(const struct use *use)
{
	add(use, relays_text(use->tags->facts->relays, RELAYS_INTERNAL));
}

static void relays_external(const struct use *use)
{
	add(use, relays_text(use->tags->facts->relays, RELAYS_EXTERNAL));
}

/* Those of relays from one to another whose address isn't private. */
static void add_relays_reversed(const struct use *use, size_t from, size_t to)
{
	const struct relay_list *relays = use->tags->facts->relays;

	for (size_t i = from; i < to; i++)
		if (!relays->items[i].ip_private)
			add_reversed(use, relays->items[i].ip);
}

static void relays_trusted_reversed(const struct use *use)
{
	add_relays_reversed(use, 0, use->tags->facts->relays->trusted);
}

static void relays_untrusted_reversed(const struct use *use)
{
	const struct relay_list *relays = use->tags->facts->relays;

	add_relays_reversed(use, relays->trusted, relays->len);
}

static void relays_internal_reversed(const struct use *use)
{
	add_relays_reversed(use, 0, use->tags->facts->relays->internal);
}

static void relays_external_reversed(const struct use *use)
{
	const struct relay_list *relays = use->tags->facts->relays;

	add_relays_reversed(use, relays->internal, relays->len);
}

static struct str_list field_of(const struct use *use, struct str request_text)
{
	struct arena *arena = use->tags->arena;
	struct str_list values = { 0 };
	struct error error;
	struct field_request *request = field_request_parse(arena, request_text, &error);

	if (request != NULL)
		field_values(use->tags->facts, arena, request, &values);
	return values;
}

/* Fields of one name follow one another; of addresses and their parts the first is meant. */
static void header(const struct use *use)
{
	struct str_list values = field_of(use, use->argument);
	bool one = field_is_part(use->argument) || str_eq(use->argument, STR("EnvelopeFrom"));
	struct str text = STR("");

	if (values.len > 0)
		text = one ? values.items[0]
		           : arena_concat(use->tags->arena, values.items, values.len);
	add(use, str_trim_right(text));
}

static void add_domains(const struct use *use, struct str request)
{
	struct str_list hosts = field_of(use, request);

	for (size_t i = 0; i < hosts.len; i++)
		add(use, uri_host_to_ascii(use->tags->arena, hosts.items[i]));
}

static void sender_domain(const struct use *use)
{
	add_domains(use, STR("EnvelopeFrom:first:addr:host"));
}

static void author_domain(const struct use *use)
{
	add_domains(use, STR("From:addr:host"));
}

/* Calls add_of() for each signature that passed. */
static void add_signers(const struct use *use,
                        struct str (*value_of)(const struct dkim_signature *signature))
{
	const struct dkim_facts *dkim = use->tags->facts->dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++)
		if (dkim->message.checks[i].result == DKIM_PASS)
			add(use, value_of(&dkim->message.checks[i].signature));
}

static struct str domain_of(const struct dkim_signature *signature)
{
	return signature->domain;
}

static struct str identity_of(const struct dkim_signature *signature)
{
	return signature->identity;
}

static struct str selector_of(const struct dkim_signature *signature)
{
	return signature->selector;
}

static void dkim_domain(const struct use *use)
{
	add_signers(use, domain_of);
}

static void dkim_identity(const struct use *use)
{
	add_signers(use, identity_of);
}

static void dkim_selector(const struct use *use)
{
	add_signers(use, selector_of);
}

static void add_countries(const struct use *use, enum field_countries which)
{
	struct str_list countries = { 0 };

	field_countries(use->tags->facts, use->tags->arena, which, &countries);
	for (size_t i = 0; i < countries.len; i++)
		add(use, countries.items[i]);
}

static void countries_untrusted(const struct use *use)
{
	add_countries(use, FIELD_COUNTRIES_UNTRUSTED);
}

static void countries_external(const struct use *use)
{
	add_countries(use, FIELD_COUNTRIES_EXTERNAL);
}

static void countries_all(const struct use *use)
{
	add_countries(use, FIELD_COUNTRIES_ALL);
}

static void countries_auth(const struct use *use)
{
	add_countries(use, FIELD_COUNTRIES_AUTH);
}

static const struct {
	const char *name;
	void (*add)(const struct use *use);
	enum message_tag_time time;
} tags[] = {
	{ "AUTHORDOMAIN", author_domain, MESSAGE_TAG_EARLY },
	{ "DKIMDOMAIN", dkim_domain, MESSAGE_TAG_LATE },
	{ "DKIMIDENTITY", dkim_identity, MESSAGE_TAG_LATE },
	{ "DKIMSELECTOR", dkim_selector, MESSAGE_TAG_LATE },
	{ "FIRSTTRUSTEDIP", trusted_ip, MESSAGE_TAG_EARLY },
	{ "FIRSTTRUSTEDREVIP", trusted_reversed, MESSAGE_TAG_EARLY },
	{ "HEADER", header, MESSAGE_TAG_EARLY },
	{ "LASTEXTERNALHELO", external_helo, MESSAGE_TAG_EARLY },
	{ "LASTEXTERNALIP", external_ip, MESSAGE_TAG_EARLY },
	{ "LASTEXTERNALRDNS", external_rdns, MESSAGE_TAG_EARLY },
	{ "LASTEXTERNALREVIP", external_reversed, MESSAGE_TAG_EARLY },
	{ "RELAYCOUNTRY", countries_untrusted, MESSAGE_TAG_EARLY },
	{ "RELAYCOUNTRYALL", countries_all, MESSAGE_TAG_EARLY },
	{ "RELAYCOUNTRYAUTH", countries_auth, MESSAGE_TAG_EARLY },
	{ "RELAYCOUNTRYEXT", countries_external, MESSAGE_TAG_EARLY },
	{ "RELAYSEXTERNAL", relays_external, MESSAGE_TAG_EARLY },
	{ "RELAYSEXTERNALREVIP", relays_external_reversed, MESSAGE_TAG_EARLY },
	{ "RELAYSINTERNAL", relays_internal, MESSAGE_TAG_EARLY },
	{ "RELAYSINTERNALREVIP", relays_internal_reversed, MESSAGE_TAG_EARLY },
	{ "RELAYSTRUSTED", relays_trusted, MESSAGE_TAG_EARLY },
	{ "RELAYSTRUSTEDREVIP", relays_trusted_reversed, MESSAGE_TAG_EARLY },
	{ "RELAYSUNTRUSTED", relays_untrusted, MESSAGE_TAG_EARLY },
	{ "RELAYSUNTRUSTEDREVIP", relays_untrusted_reversed, MESSAGE_TAG_EARLY },
	{ "SENDERDOMAIN", sender_domain, MESSAGE_TAG_EARLY },
};
#define TAG_COUNT (sizeof(tags) / sizeof(tags[0]))

/* Its number, or TAG_COUNT. */
static size_t find(struct str name)
{
	size_t i = 0;

	while (i < TAG_COUNT && !str_eq(name, str_from(tags[i].name)))
		i++;
	return i;
}

enum message_tag_time message_tag_time(struct str name)
{
	size_t tag = find(name);

	return tag < TAG_COUNT ? tags[tag].time : MESSAGE_TAG_CHANGED;
}

bool message_tag_values(const struct message_tags *message_tags, struct str name,
                        struct str argument, struct str_list *values_r)
{
	struct use use = { message_tags, argument, values_r };
	const struct str_list *set =
		message_tags->set != NULL ? map_get(message_tags->set, name) : NULL;
	size_t tag = find(name);

	for (size_t i = 0; set != NULL && i < set->len; i++)
		add(&use, set->items[i]);
	if (tag < TAG_COUNT && message_tags->facts != NULL && message_tags->facts->relays != NULL)
		tags[tag].add(&use);
	return set != NULL || tag < TAG_COUNT;
}

bool message_tag_set(struct map **set, struct arena *arena, struct str name, struct str value)
{
	struct str_list *values;

	if (*set == NULL)
		*set = map_new(arena, MAP_EXACT);
	values = map_get(*set, name);
	if (values == NULL) {
		values = arena_new_object(arena, struct str_list);
		map_set(*set, name, values);
	}
	if (value.len == 0 || values->len >= VALUES_MAX)
		return false;
	for (size_t i = 0; i < values->len; i++)
		if (str_eq(values->items[i], value))
			return false;
	vec_push(arena, values, value);
	return true;
}
