/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/message.h"

#include "message/qr_code.h"
#include "message/text.h"
#include "message/uri_private.h"

const struct message_reading message_reading_default = { .version = READING_4_0_1,
	                                                 .preferred_type = STR_INIT("") };

const struct uri_domains *message_domains(const struct message *message)
{
	return uri_domains_of(&message->uris);
}

static void decode_parts(struct arena *arena, struct message *message, struct mime_part *root,
                         size_t max_text_bytes, const struct message_reading *reading)
{
	size_t text_left = max_text_bytes;

	for (struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		vec_push(arena, &message->parts, part);
		if (part->first_child != NULL)
			continue;
		mime_decode_part(arena, part, reading, &text_left);
		if (part->faults & MIME_FAULT_CUT)
			message->limits |= MESSAGE_LIMIT_TEXT;
		if (part->html != NULL && !part->is_beside_body)
			message->html = part->html;
	}
}

/* A reader points his telephone at them. */
static void read_qr_codes(struct arena *arena, struct message *message, size_t max)
{
	qr_codes_find(arena, &message->parts, &message->qr_codes);
	for (size_t i = 0; i < message->qr_codes.len; i++) {
		struct uri_list found = { .knowledge = message->uris.knowledge };

		uri_find_in_text(arena, message->qr_codes.items[i], max, &found);
		message->qr_links += found.len > 0;
		uri_find_in_text(arena, message->qr_codes.items[i], max, &message->uris);
	}
}

static void collect_uris(struct arena *arena, struct message *message, size_t max)
{
	struct uri_list *uris = &message->uris;

	for (size_t i = 0; i < message->body.len && !uris->is_full; i++)
		uri_find_in_text(arena, message->body.items[i], max, uris);
	for (size_t i = 0; i < message->parts.len && !uris->is_full; i++) {
		const struct mime_part *part = message->parts.items[i];

		if (part->html != NULL && !part->is_returned)
			uri_add_links(arena, &part->html->links, max, uris);
	}
	for (size_t i = 0; i < message->headers.len; i++) {
		const struct header *header = &message->headers.items[i];

		if (str_eq_ci(header->name, STR("DKIM-Signature")) ||
		    str_eq_ci(header->name, STR("DomainKey-Signature")))
			uri_add_signer(arena, header->unfolded, max, uris);
	}
	if (uris->is_full)
		message->limits |= MESSAGE_LIMIT_URIS;
}

const struct message *message_parse(struct arena *arena, struct str raw,
                                    const struct message_limits *limits)
{
	return message_parse_for(arena, raw, limits, &message_reading_default, NULL);
}

const struct message *message_parse_for(struct arena *arena, struct str raw,
                                        const struct message_limits *limits,
                                        const struct message_reading *reading,
                                        const struct uri_knowledge *knowledge)
{
	struct message *message = arena_new_object(arena, struct message);
	const struct header *subject;
	struct mime_part *root;

	if (raw.len > limits->max_bytes) {
		raw = str_prefix(raw, limits->max_bytes);
		message->limits |= MESSAGE_LIMIT_BYTES;
	}
	root = mime_parse(arena, raw, limits, reading, &message->limits);
	message->root = root;
	message->reading = reading->version;
	message->headers = root->headers;
	message->raw_headers = root->raw_headers;
	message->raw_body = root->raw_body;
	message->raw = str_from_offset(raw, (size_t)(root->raw_headers.data - raw.data));
	decode_parts(arena, message, root, limits->max_text_bytes, reading);
	subject = header_last(&message->headers, STR("subject"));
	if (!text_make_body(arena, root, subject != NULL ? subject->decoded : STR(""),
	                    limits->part_chars, limits->total_chars, reading->version,
	                    &message->body))
		message->limits |= MESSAGE_LIMIT_TEXT;
	if (!text_make_rawbody(arena, root, limits->part_bytes, limits->total_bytes,
	                       &message->rawbody))
		message->limits |= MESSAGE_LIMIT_TEXT;
	message->uris.knowledge = knowledge;
	if (limits->qr_codes)
		read_qr_codes(arena, message, limits->max_uris);
	collect_uris(arena, message, limits->max_uris);
	return message;
}
