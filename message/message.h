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
#include "message/message_limits.h"
#include "message/mime.h"
#include "message/reading.h"
#include "message/uri.h"

struct message {
	struct str raw;         /* all that was given but an mbox "From " line; cut at max_bytes */
	struct str raw_headers; /* from the first byte to the empty line, that excluded */
	struct str raw_body;    /* after the empty line */
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
	struct str_list qr_codes; /* the texts of those in pictures, where they are looked for */
	size_t qr_links;          /* how many of them have a link; its URIs are among `uris` */
	struct uri_list uris;     /* each URI once, in the order of the text, then of the links */
	const struct html_facts *html; /* of the body's last HTML part; NULL where there is none */
	enum reading_version reading;
	unsigned limits; /* bits of enum message_limit */
};

/*
 * Parses and renders. `raw` must outlive the arena's use of the result; its lines may end in LF or
 * CRLF. Never NULL.
 */
const struct message *message_parse(struct arena *arena, struct str raw,
                                    const struct message_limits *limits);
/* The same as rules expect it, and with what is known of URIs, which must live as long as the
 * message. */
const struct message *message_parse_for(struct arena *arena, struct str raw,
                                        const struct message_limits *limits,
                                        const struct message_reading *reading,
                                        const struct uri_knowledge *knowledge);

/* What was known of domains when the message was read; or NULL. */
const struct uri_domains *message_domains(const struct message *message);

#endif
