/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the header is written: its bytes, and the order of its fields. Programs that send in bulk
 * differ in this from mailers, whatever words they use. */
#include "facts/relays.h"
#include "learn/features_private.h"
#include "learn/ignored_fields.h"

#define FIELDS_MAX 100
/* Bytes of the header that are looked at, and of one field. */
#define HEADER_BYTES 2000
#define FIELD_BYTES  500

/* Whose bytes differ from message to message, or from recipient to recipient, and say nothing. */
static const char *const passed_over[] = {
	"date",
	"dkim-signature",
	"domainkey-signature",
	"x-google-dkim-signature",
	"to",
	"thread-index",
	"cc",
};

static bool is_among(struct str name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_ci(name, str_from(names[i])))
			return true;
	return false;
}

static void take(struct feature_builder *builder, struct str text, size_t *left)
{
	text = str_prefix(text, *left < FIELD_BYTES ? *left : FIELD_BYTES);
	features_add_grams(builder, FEATURES_STYLE, text);
	*left -= text.len;
}

/* Without its date. */
static struct str received_text(const struct header *field)
{
	ptrdiff_t date = str_rfind_char(field->unfolded, ';');

	return date < 0 ? field->unfolded : str_prefix(field->unfolded, (size_t)date);
}

/* For whom our server says that it took the message. */
static struct str recipient_noted(const struct header *field)
{
	ptrdiff_t found = str_find(field->unfolded, STR(" for "));
	struct str rest = str_from_offset(field->unfolded,
	                                  found < 0 ? field->unfolded.len : (size_t)found + 5);
	struct str word = STR("");
	ptrdiff_t end;

	str_next_word(&rest, &word);
	if (str_starts(word, STR("<")))
		word = str_from_offset(word, 1);
	end = str_find_char(word, '>');
	return end < 0 ? word : str_prefix(word, (size_t)end);
}

static struct str recipient_of(const struct envelope *envelope)
{
	return envelope != NULL && envelope->recipients.len == 1
	               ? envelope->recipients.items[0].address
	               : STR("");
}

/* How the message came to us, in the same words whether our server has noted it already or not:
 * `noted` is where, or NULL. */
static void take_handover(struct feature_builder *builder, const struct facts *facts,
                          const struct header *noted, size_t *left)
{
	const struct relay *relay = relays_first_external(facts->relays);
	struct str recipient;

	if (relay == NULL)
		return;
	recipient = noted != NULL ? recipient_noted(noted) : recipient_of(facts->envelope);
	take(builder,
	     arena_printf(builder->arena, "from %.*s (%.*s [%.*s]) by %.*s for <%.*s>",
	                  STR_FMT(relay->helo), STR_FMT(relay->rdns), STR_FMT(relay->ip),
	                  STR_FMT(relay->by), STR_FMT(recipient)),
	     left);
}

/* What other hosts than ours noted, and once what ours did. */
static void take_received(struct feature_builder *builder, const struct facts *facts, size_t *left)
{
	const struct relay *handover = relays_first_external(facts->relays);
	bool is_noted = handover != NULL && !handover->is_connection;
	size_t own = facts->relays->internal_fields, place = 0;
	const struct header *field;

	if (!is_noted)
		take_handover(builder, facts, NULL, left);
	vec_foreach (&facts->message->headers, field) {
		if (!str_eq_ci(field->name, STR("received")) || place++ < own)
			continue;
		if (is_noted && place == own + 1)
			take_handover(builder, facts, field, left);
		else
			take(builder, received_text(field), left);
	}
}

static bool is_style(const struct header *field, const struct features_input *input)
{
	return !str_eq_ci(field->name, STR("received")) &&
	       !ignored_fields_has(field->name, input->ignored_fields);
}

static void take_field(struct feature_builder *builder, const struct header *field, struct str name,
                       size_t *left)
{
	struct str value = str_prefix(field->unfolded, FIELD_BYTES);

	if (!is_among(name, passed_over, sizeof(passed_over) / sizeof(passed_over[0])))
		take(builder,
		     arena_printf(builder->arena, "%.*s: %.*s", STR_FMT(field->name),
		                  STR_FMT(value)),
		     left);
}

static void add_order(struct feature_builder *builder, struct str before, struct str name)
{
	const struct str pieces[] = { before, STR(", "), name };

	feature_builder_add_text(builder, FEATURES_STYLE, "fields ",
	                         arena_concat(builder->arena, pieces, 3));
}

void features_add_fields(struct feature_builder *builder, const struct features_input *input)
{
	const struct header_list *headers = &input->facts->message->headers;
	size_t count = 0, left = HEADER_BYTES;
	struct str before = STR("");
	const struct header *field;

	if (input->facts->relays != NULL)
		take_received(builder, input->facts, &left);
	vec_foreach (headers, field) {
		struct str name;

		if (!is_style(field, input))
			continue;
		if (count++ >= FIELDS_MAX)
			break;
		name = arena_str_lower(builder->arena, field->name);
		add_order(builder, before, name);
		take_field(builder, field, name, &left);
		before = name;
	}
}
