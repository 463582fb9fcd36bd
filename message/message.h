/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A message as its reader, and so as the rules, see it: header fields, MIME parts, decoded text,
 * HTML rendered to text, and the URIs in it. Built in one pass from the raw bytes, in an arena,
 * and never changed after that. Broken and hostile mail is not an error: it gives what can be
 * read, and fields that say what was wrong. No network, no rules.
 */
#ifndef MESSAGE_MESSAGE_H
#define MESSAGE_MESSAGE_H

#include "message/header.h"
#include "message/html.h"
#include "message/mime.h"
#include "message/uri.h"

/* Every input is capped; what a cap cut off is named in the message's `limits`. */
struct message_limits {
	size_t max_bytes;            /* of the whole message that are looked at */
	struct header_limits header; /* of a message or of one part */
	size_t max_parts;
	size_t max_depth;
	size_t max_text_bytes; /* of decoded or rendered text of all parts together */
	size_t max_uris;
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

struct message {
	struct str raw;         /* all that was given but an mbox "From " line; cut at max_bytes */
	struct str raw_headers; /* from the first byte to the empty line, that excluded */
	struct str raw_body;    /* behind the empty line */
	struct header_list headers;   /* of the message itself */
	const struct mime_part *root; /* the tree of parts; never NULL */
	struct mime_part_list parts;  /* all of them, root first, in the order of the text */

	/*
	 * The three views of the text that rules match (SpamAssassin's names):
	 * body: paragraphs of the displayed text, transfer encoding and charset decoded, HTML
	 * rendered, white space collapsed; the decoded Subject is the first item. An item ends in
	 * LF unless it was cut from a long paragraph. UTF-8, but for one odd case (text.c).
	 * rawbody: the text parts with transfer encoding decoded but HTML kept, in pieces of 2 to
	 * 4 KiB that end at line ends.
	 */
	struct str_list body;
	struct str_list rawbody;
	struct uri_list uris; /* each URI once, in the order of the text, then of the links */
	const struct html_facts *html; /* of the last HTML part; NULL where there is none */
	unsigned limits;               /* bits of enum message_limit */
};

/*
 * Parses and renders. `raw` must outlive the arena's use of the result; its lines may end in LF or
 * CRLF. Never NULL.
 */
const struct message *message_parse(struct arena *arena, struct str raw,
                                    const struct message_limits *limits);
/* The same with what is known of URIs, which must live as long as the message. */
const struct message *message_parse_knowing(struct arena *arena, struct str raw,
                                            const struct message_limits *limits,
                                            const struct uri_knowledge *knowledge);

/* What was known of domains when the message was read; or NULL. */
const struct uri_domains *message_domains(const struct message *message);

/* A short name for one bit: "message-size", "headers", … */
const char *message_limit_name(enum message_limit limit);

#endif
