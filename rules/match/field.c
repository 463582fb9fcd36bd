/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/field.h"

#include <string.h>

#include "base/strbuf.h"
#include "message/address_field.h"
#include "message/encoded_word.h"
#include "rules/match/field_all.h"
#include "rules/match/field_country.h"
#include "rules/match/field_host.h"

/* Bits of field_request.modifiers. */
enum modifier {
	MODIFIER_RAW = 1 << 0,
	MODIFIER_ADDR = 1 << 1,
	MODIFIER_NAME = 1 << 2,
	MODIFIER_HOST = 1 << 3,
	MODIFIER_DOMAIN = 1 << 4,
	MODIFIER_IP = 1 << 5,
	MODIFIER_REVIP = 1 << 6,
	MODIFIER_FIRST = 1 << 7,
	MODIFIER_LAST = 1 << 8,
};

static const struct {
	struct str name;
	enum modifier modifier;
} modifiers[] = {
	{ STR_INIT("raw"), MODIFIER_RAW },       { STR_INIT("addr"), MODIFIER_ADDR },
	{ STR_INIT("name"), MODIFIER_NAME },     { STR_INIT("host"), MODIFIER_HOST },
	{ STR_INIT("domain"), MODIFIER_DOMAIN }, { STR_INIT("ip"), MODIFIER_IP },
	{ STR_INIT("revip"), MODIFIER_REVIP },   { STR_INIT("first"), MODIFIER_FIRST },
	{ STR_INIT("last"), MODIFIER_LAST },
};

/* A name that is no header field's. Letters' case counts where SpamAssassin says so. */
struct pseudo_field {
	struct str name;
	bool exact_case;
	void (*values)(const struct facts *facts, struct arena *arena, bool raw,
	               struct str_list *values);
};

struct field_request {
	struct str text;
	struct str name;
	unsigned modifiers;
	const struct pseudo_field *pseudo; /* NULL: a header field */
};

/* Of the fields of one name together. */
#define MAX_JOINED_BYTES (24 * 1024)

/* A raw value with its line end; the folds are kept, as LF. */
static struct str with_line_end(struct arena *arena, struct str value)
{
	return arena_concat(arena, (struct str[]){ value, STR("\n") }, 2);
}

static void header_values(const struct facts *facts, struct arena *arena, struct str name, bool raw,
                          struct str_list *values)
{
	const struct header_list *headers = &facts->message->headers;
	const struct header *header = NULL;

	while ((header = header_next(headers, name, header)) != NULL)
		vec_push(arena, values, with_line_end(arena, raw ? header->raw : header->decoded));
}

/* "a\n\tb" → "a b". */
static struct str unfold_raw(struct arena *arena, struct str value)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] != '\n' || i + 1 == value.len) {
			strbuf_add_char(&out, value.data[i]);
			continue;
		}
		strbuf_add_char(&out, ' ');
		while (i + 1 < value.len && char_is_space(value.data[i + 1]))
			i++;
	}
	return strbuf_str(&out);
}

/* The values of a field as SpamAssassin's combined fields take them: raw ones are unfolded. */
static void combined_values(const struct facts *facts, struct arena *arena, const char *name,
                            bool raw, struct str_list *values)
{
	size_t first = values->len;

	header_values(facts, arena, str_from(name), raw, values);
	for (size_t i = first; raw && i < values->len; i++)
		values->items[i] = unfold_raw(arena, values->items[i]);
}

static void to_cc_values(const struct facts *facts, struct arena *arena, bool raw,
                         struct str_list *values)
{
	combined_values(facts, arena, "To", raw, values);
	combined_values(facts, arena, "Cc", raw, values);
}

static void message_id_values(const struct facts *facts, struct arena *arena, bool raw,
                              struct str_list *values)
{
	combined_values(facts, arena, "X-Message-Id", raw, values);
	combined_values(facts, arena, "Resent-Message-Id", raw, values);
	combined_values(facts, arena, "X-Original-Message-ID", raw, values);
	combined_values(facts, arena, "Message-Id", raw, values);
}

static void envelope_from_values(const struct facts *facts, struct arena *arena, bool raw,
                                 struct str_list *values)
{
	(void)raw;
	if (facts->envelope != NULL && facts->envelope->has_sender)
		vec_push(arena, values, facts->envelope->sender);
}

/* The trust path is not made of fields; without any relay a text is there, and empty. */
static void relay_values(const struct facts *facts, struct arena *arena, enum relay_range range,
                         struct str_list *values)
{
	if (facts->relays != NULL)
		vec_push(arena, values, relays_text(facts->relays, range));
}

static void trusted_relay_values(const struct facts *facts, struct arena *arena, bool raw,
                                 struct str_list *values)
{
	(void)raw;
	relay_values(facts, arena, RELAYS_TRUSTED, values);
}

static void untrusted_relay_values(const struct facts *facts, struct arena *arena, bool raw,
                                   struct str_list *values)
{
	(void)raw;
	relay_values(facts, arena, RELAYS_UNTRUSTED, values);
}

static void internal_relay_values(const struct facts *facts, struct arena *arena, bool raw,
                                  struct str_list *values)
{
	(void)raw;
	relay_values(facts, arena, RELAYS_INTERNAL, values);
}

static void external_relay_values(const struct facts *facts, struct arena *arena, bool raw,
                                  struct str_list *values)
{
	(void)raw;
	relay_values(facts, arena, RELAYS_EXTERNAL, values);
}

/* Our own: of one relay, so that patterns need no anchor. */
static void handover_values(const struct facts *facts, struct arena *arena, bool raw,
                            struct str_list *values)
{
	(void)raw;
	if (facts->relays != NULL)
		vec_push(arena, values, relays_handover_text(arena, facts->relays));
}

static void all_trusted_values(const struct facts *facts, struct arena *arena, bool raw,
                               struct str_list *values)
{
	if (facts->relays != NULL)
		field_all_part(facts, arena, raw, facts->relays->trusted_fields, true, values);
}

static void all_untrusted_values(const struct facts *facts, struct arena *arena, bool raw,
                                 struct str_list *values)
{
	if (facts->relays != NULL)
		field_all_part(facts, arena, raw, facts->relays->trusted_fields, false, values);
}

static void all_internal_values(const struct facts *facts, struct arena *arena, bool raw,
                                struct str_list *values)
{
	if (facts->relays != NULL)
		field_all_part(facts, arena, raw, facts->relays->internal_fields, true, values);
}

static void all_external_values(const struct facts *facts, struct arena *arena, bool raw,
                                struct str_list *values)
{
	if (facts->relays != NULL)
		field_all_part(facts, arena, raw, facts->relays->internal_fields, false, values);
}

/* Countries with spaces between them. */
static void country_values(const struct facts *facts, struct arena *arena,
                           enum field_countries which, struct str_list *values)
{
	struct str_list countries = { 0 };
	struct strbuf out;

	if (!field_countries(facts, arena, which, &countries))
		return;
	strbuf_init(&out, arena);
	for (size_t i = 0; i < countries.len; i++) {
		if (i > 0)
			strbuf_add_char(&out, ' ');
		strbuf_add(&out, countries.items[i]);
	}
	vec_push(arena, values, strbuf_str(&out));
}

static void untrusted_country_values(const struct facts *facts, struct arena *arena, bool raw,
                                     struct str_list *values)
{
	(void)raw;
	country_values(facts, arena, FIELD_COUNTRIES_UNTRUSTED, values);
}

static void external_country_values(const struct facts *facts, struct arena *arena, bool raw,
                                    struct str_list *values)
{
	(void)raw;
	country_values(facts, arena, FIELD_COUNTRIES_EXTERNAL, values);
}

static void all_country_values(const struct facts *facts, struct arena *arena, bool raw,
                               struct str_list *values)
{
	(void)raw;
	country_values(facts, arena, FIELD_COUNTRIES_ALL, values);
}

static void auth_country_values(const struct facts *facts, struct arena *arena, bool raw,
                                struct str_list *values)
{
	(void)raw;
	country_values(facts, arena, FIELD_COUNTRIES_AUTH, values);
}

static const struct pseudo_field pseudo_fields[] = {
	{ STR_INIT("ALL"), true, field_all_values },
	{ STR_INIT("ALL-TRUSTED"), true, all_trusted_values },
	{ STR_INIT("ALL-UNTRUSTED"), true, all_untrusted_values },
	{ STR_INIT("ALL-INTERNAL"), true, all_internal_values },
	{ STR_INIT("ALL-EXTERNAL"), true, all_external_values },
	{ STR_INIT("X-Spam-Relays-Trusted"), false, trusted_relay_values },
	{ STR_INIT("X-Spam-Relays-Untrusted"), false, untrusted_relay_values },
	{ STR_INIT("X-Spam-Relays-Internal"), false, internal_relay_values },
	{ STR_INIT("X-Spam-Relays-External"), false, external_relay_values },
	{ STR_INIT("X-Spam-Relay-Handover"), false, handover_values },
	{ STR_INIT("X-Relay-Countries"), false, untrusted_country_values },
	{ STR_INIT("X-Relay-Countries-External"), false, external_country_values },
	{ STR_INIT("X-Relay-Countries-All"), false, all_country_values },
	{ STR_INIT("X-Relay-Countries-Auth"), false, auth_country_values },
	{ STR_INIT("ToCc"), false, to_cc_values },
	{ STR_INIT("MESSAGEID"), true, message_id_values },
	{ STR_INIT("EnvelopeFrom"), false, envelope_from_values },
};

static bool known_modifier(struct str name, unsigned *bits)
{
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		if (str_eq(name, modifiers[i].name)) {
			*bits |= modifiers[i].modifier;
			return true;
		}
	}
	return false;
}

static bool field_name_valid(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '-' && name.data[i] != '.' &&
		    name.data[i] != '_')
			return false;
	return name.len > 0;
}

struct field_request *field_request_parse(struct arena *arena, struct str text, struct error *err_r)
{
	struct field_request *request = arena_new_object(arena, struct field_request);
	struct str rest = text, modifier;

	request->text = text;
	if (!str_next_piece(&rest, ':', &request->name) || !field_name_valid(request->name)) {
		error_set(err_r, "'%.*s' is no name of a header field", STR_FMT(text));
		return NULL;
	}
	while (str_next_piece(&rest, ':', &modifier)) {
		if (!known_modifier(modifier, &request->modifiers)) {
			error_set(err_r,
			          "unknown modifier ':%.*s'; known are :raw :addr :name :host "
			          ":domain :ip :revip :first :last",
			          STR_FMT(modifier));
			return NULL;
		}
	}
	for (size_t i = 0; i < sizeof(pseudo_fields) / sizeof(pseudo_fields[0]); i++) {
		struct str name = pseudo_fields[i].name;

		if (pseudo_fields[i].exact_case ? str_eq(name, request->name)
		                                : str_eq_ci(name, request->name))
			request->pseudo = &pseudo_fields[i];
	}
	return request;
}

struct str field_request_text(const struct field_request *request)
{
	return request->text;
}

bool field_is_long(const struct field_request *request)
{
	return str_starts(request->name, STR("ALL")) ||
	       str_starts_ci(request->name, STR("X-Spam-Relays-")) ||
	       str_eq_ci(request->name, STR("Received"));
}

bool field_is_part(struct str request)
{
	struct str modifier;
	unsigned bits = 0;

	str_next_piece(&request, ':', &modifier);
	while (str_next_piece(&request, ':', &modifier))
		known_modifier(modifier, &bits);
	return (bits & ~(unsigned)(MODIFIER_RAW | MODIFIER_FIRST | MODIFIER_LAST)) != 0;
}

/* Requests of the same text are one. */
static void index_text(struct ruleset *set, const struct field_request *request, size_t number)
{
	size_t *known = arena_new_object(set->arena, size_t);

	*known = number;
	map_set(set->fields_by_text, request->text, known);
}

bool field_add_request(struct ruleset *set, struct str request)
{
	struct field_request *parsed;
	struct error error;
	size_t i = 0;

	while (i < set->fields.len && !str_eq(set->fields.items[i]->text, request))
		i++;
	if (i < set->fields.len)
		return true;
	parsed = field_request_parse(set->arena, request, &error);
	if (parsed != NULL)
		vec_push(set->arena, &set->fields, parsed);
	return parsed != NULL;
}

void field_index(struct ruleset *set)
{
	set->fields_by_name = map_new(set->arena, MAP_IGNORE_CASE);
	set->fields_by_text = map_new(set->arena, MAP_EXACT);
	for (size_t i = 0; i < set->fields.len; i++) {
		const struct field_request *request = set->fields.items[i];
		struct ruleset_field_numbers *numbers = map_get(set->fields_by_name, request->name);

		index_text(set, request, i);
		if (request->pseudo != NULL)
			numbers = &set->pseudo_fields;
		if (numbers == NULL) {
			numbers = arena_new_object(set->arena, struct ruleset_field_numbers);
			map_set(set->fields_by_name, request->name, numbers);
		}
		vec_push(set->arena, numbers, i);
	}
}

/* Keeps the first or the last value. */
static void pick_one(struct str_list *values, unsigned bits)
{
	if (values->len < 2)
		return;
	if ((bits & MODIFIER_FIRST) != 0) {
		values->len = 1;
	} else if ((bits & MODIFIER_LAST) != 0) {
		values->items[0] = values->items[values->len - 1];
		values->len = 1;
	}
}

/* Spaces collapsed, outer ones and single quotes around it off. */
static struct str tidy_name(struct arena *arena, struct str name)
{
	struct strbuf out;
	struct str word;

	if (str_trim(name).len == 0)
		return name;
	strbuf_init(&out, arena);
	while (str_next_word(&name, &word)) {
		if (out.len > 0)
			strbuf_add_char(&out, ' ');
		strbuf_add(&out, word);
	}
	name = strbuf_str(&out);
	if (name.len >= 2 && name.data[0] == '\'' && name.data[name.len - 1] == '\'')
		name = (struct str){ name.data + 1, name.len - 2 };
	return name;
}

/* Line ends off, and one space in place of a fold's first. */
static struct str unfolded(struct arena *arena, struct str name)
{
	struct strbuf out;
	struct str line;

	if (str_find_char(name, '\n') < 0)
		return name;
	strbuf_init(&out, arena);
	for (bool first = true; str_next_line(&name, &line); first = false) {
		if (!first && line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t')) {
			strbuf_add_char(&out, ' ');
			line = str_from_offset(line, 1);
		}
		strbuf_add(&out, line);
	}
	return strbuf_str(&out);
}

/* The last name that was tidied: where entries of a field have the whole field for their name, it
 * is one text for all of them. */
struct tidied {
	struct str name, result;
};

static struct str tidy_entry(struct arena *arena, struct str name, struct tidied *last)
{
	if (last->name.data != name.data || last->name.len != name.len || name.len == 0) {
		last->name = name;
		last->result = tidy_name(arena, encoded_word_decode(arena, unfolded(arena, name)));
	}
	return last->result;
}

static void to_addresses(struct arena *arena, enum reading_version reading, struct str_list *values,
                         unsigned bits)
{
	struct address_field_list list = { 0 };
	struct str_list found = { 0 };
	struct tidied last = { 0 };

	for (size_t i = 0; i < values->len; i++)
		address_field_read(arena, values->items[i], &list);
	for (size_t i = 0; i < list.len; i++) {
		struct str name = list.items[i].name;

		if ((bits & MODIFIER_ADDR) != 0) {
			struct str address = list.items[i].address;

			if (reading == READING_4_0_3 && list.items[i].odd.len > 0)
				address = list.items[i].odd;
			if (address.len > 0)
				vec_push(arena, &found, address);
		} else if (list.items[i].has_name) {
			if ((bits & MODIFIER_RAW) == 0)
				name = tidy_entry(arena, name, &last);
			vec_push(arena, &found, name);
		}
	}
	*values = found;
}

static void to_hosts(struct arena *arena, const struct uri_domains *domains,
                     struct str_list *values, unsigned bits)
{
	struct str_list found = { 0 };

	for (size_t i = 0; i < values->len; i++) {
		struct str host;

		if ((bits & (MODIFIER_HOST | MODIFIER_DOMAIN)) == 0)
			host = field_ip_of(arena, values->items[i], (bits & MODIFIER_REVIP) != 0);
		else if ((bits & MODIFIER_ADDR) != 0)
			host = field_host_of_address(values->items[i]);
		else
			host = field_host_of(arena, domains, values->items[i]);
		if ((bits & MODIFIER_DOMAIN) != 0)
			host = field_domain_of(arena, domains, host);
		if (host.len > 0)
			vec_push(arena, &found, host);
	}
	*values = found;
}

void field_values(const struct facts *facts, struct arena *arena,
                  const struct field_request *request, struct str_list *values)
{
	unsigned bits = request->modifiers;
	bool raw = (bits & (MODIFIER_RAW | MODIFIER_ADDR | MODIFIER_NAME)) != 0;

	if (request->pseudo != NULL)
		request->pseudo->values(facts, arena, (bits & MODIFIER_RAW) != 0, values);
	else
		header_values(facts, arena, request->name, raw, values);
	pick_one(values, bits);
	if ((bits & (MODIFIER_ADDR | MODIFIER_NAME)) != 0)
		to_addresses(arena, facts->message->reading, values, bits);
	if ((bits & (MODIFIER_HOST | MODIFIER_DOMAIN | MODIFIER_IP | MODIFIER_REVIP)) != 0)
		to_hosts(arena, message_domains(facts->message), values, bits);
}

/* Do they come after one another? */
static bool are_joined(const struct str_list *values)
{
	for (size_t i = 1; i < values->len; i++)
		if (values->items[i].data != values->items[i - 1].data + values->items[i - 1].len)
			return false;
	return values->len > 0;
}

/*
 * Values that end in LF follow one another; others are separated by one. If there are many fields
 * of one name, those after the first 24 KiB are left out, although SpamAssassin has them: the time
 * of many patterns grows with the square of that.
 */
static struct str join_values(struct arena *arena, const struct field_request *request,
                              const struct str_list *values)
{
	size_t max = str_starts(request->name, STR("ALL")) ? SIZE_MAX : MAX_JOINED_BYTES;
	struct strbuf out;
	bool lines = values->len > 0 && values->items[0].len > 0 &&
	             values->items[0].data[values->items[0].len - 1] == '\n';

	if (values->len == 1)
		return values->items[0];
	if (lines && max == SIZE_MAX && are_joined(values)) {
		const struct str *last = &values->items[values->len - 1];

		return (struct str){ values->items[0].data,
			             (size_t)(last->data + last->len - values->items[0].data) };
	}
	strbuf_init(&out, arena);
	for (size_t i = 0; i < values->len && out.len < max; i++) {
		if (i > 0 && !lines)
			strbuf_add_char(&out, '\n');
		strbuf_add(&out, values->items[i]);
	}
	return strbuf_str(&out);
}

const struct field_value *field_get(struct match *match, size_t field)
{
	const struct field_request *request = match->set->fields.items[field];
	struct field_value *value = &match->scanner->fields[field];
	struct str_list values = { 0 };

	if (value->made)
		return value;
	field_values(match->facts, match->arena, request, &values);
	value->made = true;
	value->present = values.len > 0;
	value->text = join_values(match->arena, request, &values);
	return value;
}

/* The text of a request that no header rule has. */
static struct str text_of(struct match *match, struct str key)
{
	struct str_list values = { 0 };
	struct field_request *request;
	struct error error;
	struct str *text;

	if (match->field_texts == NULL)
		match->field_texts = map_new(match->arena, MAP_EXACT);
	text = map_get(match->field_texts, key);
	if (text != NULL)
		return *text;
	text = arena_new_object(match->arena, struct str);
	request = field_request_parse(match->arena, key, &error);
	if (request != NULL) {
		field_values(match->facts, match->arena, request, &values);
		*text = join_values(match->arena, request, &values);
	}
	map_set(match->field_texts, key, text);
	return *text;
}

struct str field_text(struct match *match, const char *request)
{
	struct str key = str_from(request);
	const size_t *field = map_get(match->set->fields_by_text, key);

	return field != NULL ? field_get(match, *field)->text : text_of(match, key);
}
