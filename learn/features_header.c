/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/features_private.h"
#include "learn/ignored_fields.h"
#include "message/address_field.h"

#define FIELDS_MAX      100
#define FIELD_WORDS_MAX 60
#define RELAYS_MAX      6

struct field_row {
	const char *name; /* lower case */
	enum feature_group group;
	const char *what;
	bool has_address;
	bool name_only; /* it differs from message to message */
};

/* Fields that are looked at in another way than by words under the field's name. */
static const struct field_row rows[] = {
	{ "from", FEATURES_SENDER, "From: ", true, false },
	{ "sender", FEATURES_SENDER, "Sender: ", true, false },
	{ "reply-to", FEATURES_SENDER, "Reply-To: ", true, false },
	{ "subject", FEATURES_SUBJECT, "Subject: ", false, false },
	{ "date", FEATURES_HEADER, "", false, true },
	{ "received", FEATURES_HEADER, "", false, true },
	{ "dkim-signature", FEATURES_HEADER, "", false, true },
	{ "domainkey-signature", FEATURES_HEADER, "", false, true },
	{ "in-reply-to", FEATURES_HEADER, "", false, true },
	{ "references", FEATURES_HEADER, "", false, true },
	{ "x-google-dkim-signature", FEATURES_HEADER, "", false, true },
	{ "x-gm-message-state", FEATURES_HEADER, "", false, true },
	{ "thread-index", FEATURES_HEADER, "", false, true },
};

static const struct field_row *row_of(struct str name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_eq_ci(name, str_from(rows[i].name)))
			return &rows[i];
	return NULL;
}

/* A domain, and those above it that are registered below one name. */
static void add_domain(struct feature_builder *builder, enum feature_group group, const char *what,
                       struct str domain)
{
	domain = arena_str_lower(builder->arena, domain);
	for (int i = 0; i < 6 && domain.len > 0; i++) {
		ptrdiff_t dot = str_find_char(domain, '.');

		feature_builder_add_text(builder, group, what, domain);
		domain = dot < 0 ? STR("") : str_from_offset(domain, (size_t)dot + 1);
	}
}

static void add_addresses(struct feature_builder *builder, const struct field_row *row,
                          struct str value)
{
	struct str_list addresses = { 0 };
	const struct str *address;

	address_field_authors(builder->arena, value, &addresses);
	vec_foreach (&addresses, address) {
		feature_builder_add_text(builder, row->group, row->what, *address);
		add_domain(builder, row->group, row->what, address_field_domain(*address));
	}
}

static void add_pairs(struct feature_builder *builder, const struct field_row *row,
                      const struct word_list *words)
{
	uint64_t seed = learn_key_hash(builder->key, 4, str_from(row->what));

	for (size_t i = 0; i + 1 < words->len; i++) {
		const struct word *first = &words->items[i], *second = first + 1;
		struct str both = { first->text.data,
			            (size_t)(second->text.data + second->text.len -
			                     first->text.data) };

		feature_builder_add(builder, row->group,
		                    seed ^ learn_key_join(builder->key, first->hash, second->hash),
		                    row->what, both);
	}
}

static void add_field(struct feature_builder *builder, const struct header *field)
{
	const struct field_row *row = row_of(field->name);
	const struct str name = arena_str_lower(builder->arena, field->name);
	struct word_list words = { 0 };

	feature_builder_add_text(builder, FEATURES_HEADER, "field ", name);
	if (row != NULL && row->name_only)
		return;
	words_split(builder->arena, builder->key, field->decoded, FIELD_WORDS_MAX, &words);
	if (row == NULL) {
		const struct str pieces[] = { name, STR(": ") };

		features_add_words(builder, FEATURES_HEADER,
		                   arena_concat(builder->arena, pieces, 2).data, &words);
		return;
	}
	features_add_words(builder, row->group, row->what, &words);
	if (row->has_address)
		add_addresses(builder, row, field->decoded);
	add_pairs(builder, row, &words);
}

/* The network of an address: its first half or so. */
static struct str network_of(struct str ip)
{
	ptrdiff_t last = str_rfind_char(ip, '.');

	if (last >= 0)
		return str_prefix(ip, (size_t)last);
	return str_prefix(ip, 14);
}

/* Those outside of our network; who is inside says nothing of the sender. */
static void add_relays(struct feature_builder *builder, const struct relay_list *relays)
{
	if (relays == NULL)
		return;
	for (size_t i = relays->internal; i < relays->len && i < relays->internal + RELAYS_MAX;
	     i++) {
		const struct relay *relay = &relays->items[i];
		const char *what = i == relays->internal ? "client " : "relay ";

		if (relay->ip_private)
			continue;
		feature_builder_add_text(builder, FEATURES_HEADER, what, relay->ip);
		feature_builder_add_text(builder, FEATURES_HEADER, what, network_of(relay->ip));
		if (relay->rdns.len > 0)
			add_domain(builder, FEATURES_HEADER, what, relay->rdns);
		else
			feature_builder_add_text(builder, FEATURES_HEADER, what, STR("no name"));
		add_domain(builder, FEATURES_HEADER, "HELO ", relay->helo);
	}
}

void features_add_header(struct feature_builder *builder, const struct features_input *input)
{
	const struct facts *facts = input->facts;
	const struct header_list *headers = &facts->message->headers;
	size_t count = 0;
	const struct header *field;

	vec_foreach (headers, field) {
		if (ignored_fields_has(field->name, input->ignored_fields))
			continue;
		if (count++ >= FIELDS_MAX)
			break;
		add_field(builder, field);
	}
	if (facts->envelope != NULL && facts->envelope->has_sender)
		add_domain(builder, FEATURES_SENDER, "MAIL FROM ",
		           address_field_domain(facts->envelope->sender));
	add_relays(builder, facts->relays);
}
