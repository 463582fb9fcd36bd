/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of MIME parts (RFC 2045, 2046) of a message. Plain values in the message's arena, never
 * changed once message_parse() has returned. Wrong MIME gives the best reading of it and bits in
 * `faults`.
 */
#ifndef MESSAGE_MIME_H
#define MESSAGE_MIME_H

#include "message/header.h"

enum mime_encoding {
	MIME_ENCODING_IDENTITY, /* 7bit, 8bit, binary, none */
	MIME_ENCODING_QP,
	MIME_ENCODING_BASE64,
	MIME_ENCODING_UU,      /* x-uuencode */
	MIME_ENCODING_UNKNOWN, /* a name that we don't know; read as identity */
};

enum mime_fault {
	MIME_FAULT_NO_BOUNDARY = 1 << 0,      /* a multipart without a boundary parameter */
	MIME_FAULT_MISSING_BOUNDARY = 1 << 1, /* a boundary that never comes in the text */
	MIME_FAULT_UNCLOSED = 1 << 2,         /* no closing boundary */
	MIME_FAULT_BAD_BASE64 = 1 << 3,
	MIME_FAULT_BAD_QP = 1 << 4,
	MIME_FAULT_BAD_CHARSET = 1 << 5, /* unknown charset, or bytes that are wrong in it */
	MIME_FAULT_BAD_HEADER = 1 << 6,  /* a line in the part's header that is none */
};

struct mime_part {
	const struct mime_part *parent; /* NULL for the root */
	struct mime_part *first_child;
	struct mime_part *next_sibling;
	unsigned depth; /* 0 for the root */

	struct header_list headers;
	struct str raw_headers;
	struct str raw_body; /* still encoded, without the boundary and the line end before it */

	struct str type;        /* "text/html", lower case; "text/plain" where none is given or it is broken */
	struct str charset;     /* lower case, or empty */
	struct str boundary;    /* of a multipart, or empty */
	struct str name;        /* file name: Content-Disposition filename, else Content-Type name;
				 * RFC 2231 and 2047 decoded to UTF-8 */
	struct str disposition; /* "attachment", "inline", or empty; lower case */
	enum mime_encoding encoding;
	bool is_attachment; /* not shown as text in the message */

	struct str decoded; /* text and small parts: transfer encoding decoded; else raw_body */
	struct str text;    /* text parts: `decoded` in UTF-8; else empty */
	struct str rendered; /* text/html: what a reader sees; text/plain: the same as text */
	const struct html_facts *html; /* text/html only, else NULL */
	unsigned faults; /* bits of enum mime_fault */
};

struct mime_part_list {
	struct mime_part **items;
	size_t len;
	size_t cap;
};

/* A parameter of a structured field such as Content-Type, RFC 2231 continuations joined and
 * decoded to UTF-8; empty where absent. `name` in any case. */
struct str mime_parameter(struct arena *arena, struct str field_value, struct str name);

#endif
