/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much of a message is looked at. Plain values.
 */
#ifndef MESSAGE_MESSAGE_LIMITS_H
#define MESSAGE_MESSAGE_LIMITS_H

#include "message/header.h"

/* Every input is capped; what a cap cut off is named in the message's `limits`. */
struct message_limits {
	size_t max_bytes;            /* of the whole message that are looked at */
	struct header_limits header; /* of a message or of one part */
	size_t max_parts;
	size_t max_depth;
	size_t max_text_bytes; /* of decoded or rendered text of all parts together */
	size_t max_uris;
	bool qr_codes; /* whether they are looked for in pictures, see qr_code.h */
	/* What of one part, and of all parts, rules look at: characters of the displayed text,
	 * bytes of the decoded. No limits that reports name, for SpamAssassin has the same. */
	size_t part_chars, part_bytes;
	size_t total_chars, total_bytes;
};

/* The limits that assayd and assay use where the settings don't say otherwise. */
struct message_limits message_default_limits(void);

/* Bits of message.limits: what was cut off. Names for reports: message_limit_name(). */
enum message_limit {
	MESSAGE_LIMIT_BYTES = 1 << 0,
	MESSAGE_LIMIT_HEADERS = 1 << 1,
	MESSAGE_LIMIT_HEADER_BYTES = 1 << 2,
	MESSAGE_LIMIT_PARTS = 1 << 3,
	MESSAGE_LIMIT_DEPTH = 1 << 4,
	MESSAGE_LIMIT_TEXT = 1 << 5,
	MESSAGE_LIMIT_URIS = 1 << 6,
};
#define MESSAGE_LIMIT_COUNT 7

/* A short name for one bit: "message-size", "headers", … */
const char *message_limit_name(enum message_limit limit);

#endif
