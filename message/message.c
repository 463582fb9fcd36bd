/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/message.h"

#include "message/text.h"
#include "message/uri_private.h"

struct message_limits message_default_limits(void)
{
	return (struct message_limits){
		.max_bytes = 10 * 1024 * 1024,
		.header = { .max_fields = 1000,
		            .max_field_bytes = 64 * 1024,
		            .max_bytes = 256 * 1024 },
		.max_parts = 1000,
		.max_depth = 20,
		.max_text_bytes = 4 * 1024 * 1024,
		.max_uris = 2000,
		.part_chars = 50000,
		.part_bytes = 500000,
		.total_chars = SIZE_MAX,
		.total_bytes = SIZE_MAX,
	};
}

const char *message_limit_name(enum message_limit limit)
{
	switch (limit) {
	case MESSAGE_LIMIT_BYTES:
		return "message-size";
	case MESSAGE_LIMIT_HEADERS:
		return "headers";
	case MESSAGE_LIMIT_HEADER_BYTES:
		return "header-size";
	case MESSAGE_LIMIT_PARTS:
		return "parts";
	case MESSAGE_LIMIT_DEPTH:
		return "depth";
	case MESSAGE_LIMIT_TEXT:
		return "text-size";
	case MESSAGE_LIMIT_URIS:
		return "uris";
	}
	return "unknown";
}

const struct uri_domains *message_domains(const struct message *message)
{
	return uri_domains_of(&message->uris);
}

static void decode_parts(struct arena *arena, struct message *message, struct mime_part *root,
                         size_t max_text_bytes)
{
	size_t text_left = max_text_bytes;

	for (struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		vec_push(arena, &message->parts, part);
		if (part->first_child != NULL)
			continue;
		mime_decode_part(arena, part, &text_left);
		if (part->faults & MIME_FAULT_CUT)
			message->limits |= MESSAGE_LIMIT_TEXT;
		if (part->html != NULL)
			message->html = part->html;
	}
}

static void collect_uris(struct arena *arena, struct message *message, size_t max)
{
	struct uri_list *uris = &message->uris;

	for (size_t i = 0; i < message->body.len && !uris->is_full; i++)
		uri_find_in_text(arena, message->body.items[i], max, uris);
	for (size_t i = 0; i < message->parts.len && !uris->is_full; i++) {
		const struct html_facts *html = message->parts.items[i]->html;

		if (html != NULL)
			uri_add_links(arena, &html->links, max, uris);
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
	return message_parse_knowing(arena, raw, limits, NULL);
}

const struct message *message_parse_knowing(struct arena *arena, struct str raw,
                                            const struct message_limits *limits,
                                            const struct uri_knowledge *knowledge)
{
	struct message *message = arena_new_object(arena, struct message);
	const struct header *subject;
	struct mime_part *root;

	if (raw.len > limits->max_bytes) {
		raw = str_prefix(raw, limits->max_bytes);
		message->limits |= MESSAGE_LIMIT_BYTES;
	}
	root = mime_parse(arena, raw, limits, &message->limits);
	message->root = root;
	message->headers = root->headers;
	message->raw_headers = root->raw_headers;
	message->raw_body = root->raw_body;
	message->raw = str_from_offset(raw, (size_t)(root->raw_headers.data - raw.data));
	decode_parts(arena, message, root, limits->max_text_bytes);
	subject = header_last(&message->headers, STR("subject"));
	if (!text_make_body(arena, root, subject != NULL ? subject->decoded : STR(""),
	                    limits->part_chars, limits->total_chars, &message->body))
		message->limits |= MESSAGE_LIMIT_TEXT;
	if (!text_make_rawbody(arena, root, limits->part_bytes, limits->total_bytes,
	                       &message->rawbody))
		message->limits |= MESSAGE_LIMIT_TEXT;
	message->uris.knowledge = knowledge;
	collect_uris(arena, message, limits->max_uris);
	return message;
}
