/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a message: it is read whole, and so are its Received and address fields. */
#include <assert.h>

#include "base/utf8.h"
#include "facts/relays.h"
#include "message/address_field.h"
#include "message/attached.h"
#include "message/charset.h"
#include "message/mbox.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct str part, struct str whole)
{
	return part.len == 0 ||
	       (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static void check_parts(const struct message *message, const struct message_limits *limits)
{
	assert(message->parts.len > 0 && message->parts.len <= limits->max_parts);
	for (size_t i = 0; i < message->parts.len; i++) {
		const struct mime_part *part = message->parts.items[i];

		assert(part->depth <= limits->max_depth);
		assert(part->headers.len <= limits->header.max_fields);
		assert(utf8_is_valid(part->text));
		assert(utf8_is_valid(part->name));
	}
}

static void check_fields(struct arena *arena, const struct header_list *headers)
{
	for (size_t i = 0; i < headers->len; i++) {
		const struct header *header = &headers->items[i];
		struct address_field_list addresses = { 0 };

		assert(utf8_is_valid(header->decoded));
		address_field_first(arena, header->unfolded);
		address_field_read(arena, header->decoded, &addresses);
	}
}

static void check_relays(struct arena *arena, const struct header_list *headers)
{
	struct envelope envelope = { .client_ip = STR("") };
	const struct relay_list *relays =
		relays_parse(arena, headers, &envelope, &(struct relay_settings){ 0 });

	assert(relays->internal <= relays->trusted && relays->trusted <= relays->len);
	for (int range = RELAYS_TRUSTED; range <= RELAYS_EXTERNAL; range++)
		relays_text(relays, (enum relay_range)range);
	relays_recover_envelope(arena, headers, relays, &(struct relay_settings){ 0 }, &envelope);
}

/* The messages of an mbox are all of its text. */
static void check_mbox(struct str raw)
{
	struct str rest = raw, message;
	const char *end = raw.data;

	while (mbox_next(&rest, &message)) {
		assert(message.data == end && message.len > 0);
		end += message.len;
	}
	assert(end == raw.data + raw.len);
}

/* The forwarded messages of a report are parts of it. */
static void check_attached(struct str raw)
{
	struct arena *arena = arena_new();
	struct str_list messages = { 0 };
	size_t bytes = 0;

	attached_messages(arena, raw, &messages);
	for (size_t i = 0; i < messages.len; i++) {
		assert(messages.items[i].len > 0);
		bytes += messages.items[i].len;
	}
	assert(bytes <= raw.len);
	arena_free(arena);
}

static void check_reading(struct str raw, const struct message_reading *reading)
{
	struct arena *arena = arena_new();
	struct message_limits limits = message_default_limits();
	struct uri_knowledge knowledge = { .reading = reading->version };
	const struct message *message;

	limits.max_parts = 50;
	limits.max_depth = 5;
	limits.header.max_fields = 100;
	limits.max_uris = 100;
	message = message_parse_for(arena, raw, &limits, reading, &knowledge);
	assert(is_inside(message->raw, raw) && is_inside(message->raw_headers, message->raw) &&
	       is_inside(message->raw_body, message->raw));
	assert(message->body.len > 0);
	check_parts(message, &limits);
	check_fields(arena, &message->headers);
	check_relays(arena, &message->headers);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = { (const char *)data, size };

	check_reading(raw, &message_reading_default);
	check_reading(raw, &(struct message_reading){ .version = READING_4_0_3,
	                                              .no_returned = true,
	                                              .calendars = true,
	                                              .preferred_type = STR("text/html") });
	check_mbox(raw);
	check_attached(raw);
	return 0;
}
