/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of MIME parts (RFC 2045, 2046) of a message. Plain values in the message's arena, never
 * changed once message_parse() has returned. Wrong MIME gives the best reading of it and bits in
 * `faults`.
 */
#ifndef MESSAGE_MIME_H
#define MESSAGE_MIME_H

#include "message/header.h"
#include "message/reading.h"

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
	MIME_FAULT_BAD_CHARSET = 1 << 5,  /* unknown charset, or bytes that are wrong in it */
	MIME_FAULT_NO_SEPARATOR = 1 << 6, /* no empty line between header and body */
	MIME_FAULT_NO_HEADERS = 1 << 7,   /* the line after a boundary is no header field */
	MIME_FAULT_EPILOGUE = 1 << 8,     /* a multipart with text after its closing boundary */
	MIME_FAULT_CUT = 1 << 9,          /* the text was cut at a limit */
	MIME_FAULT_LONG_HEADER = 1 << 10, /* a field's name or value was cut for the rules */
};

struct mime_part {
	const struct mime_part *parent; /* NULL for the root */
	struct mime_part *first_child;
	struct mime_part *next_sibling;
	unsigned depth; /* 0 for the root */

	struct header_list headers;
	struct str raw_headers;
	struct str raw_body; /* still encoded, without the boundary and the line end before it */

	struct str type; /* "text/html", lower case; "text/plain" where none is given or it is
	                  * broken, and for all of text but html, calendar and x-vcard, also
	                  * without the slash: "text html"; empty for such as "()" */
	struct str
		shown_type;  /* by which clients show it: by its file name's ending, else `type` */
	struct str charset;  /* lower case, or empty */
	struct str boundary; /* of a multipart, or empty */
	struct str name;     /* file name: Content-Disposition filename, else Content-Type name;
	                      * RFC 2231 and 2047 decoded to UTF-8 */
	struct str disposition; /* "attachment", "inline", or empty; lower case */
	enum mime_encoding encoding;
	bool is_attachment;  /* not shown as text in the message */
	bool is_rawbody;     /* text, or an image that is text, but no calendar */
	bool is_returned;    /* in a message that a report encloses, which rules don't see: is
	                      * beside the body and not rawbody, and its links are none */
	bool is_beside_body; /* READING_4_0_3: attached or not the preferred alternative, so rules
	                      * see its links and rawbody, but no text */

	/*
	 * Transfer encoding decoded, line ends of text as LF: text parts, message/ parts and
	 * other parts whose raw_body is at most 64 KiB; else the same as raw_body.
	 */
	struct str decoded;
	struct str text;     /* shown parts: `decoded` in UTF-8; else empty */
	struct str rendered; /* text/html, and text/calendar where the reading has calendars: what
	                      * a reader sees; text/plain: the same as text */
	const struct html_facts *html; /* text/html only, else NULL */
	unsigned faults;               /* bits of enum mime_fault */

	bool is_message;          /* the root, or the root of a message in this message */
	bool is_closed;           /* a boundary ended it */
	bool has_crlf;            /* lines end in CRLF as a rule */
	unsigned multipart_depth; /* how many multiparts it is in, itself included */
};

struct mime_part_list {
	vec_members(struct mime_part *);
};

struct message_limits;

/*
 * Splits a message into its parts, without decoding what they hold: that is for
 * mime_decode_part(). *limits_r gets bits of enum message_limit. Never NULL.
 */
struct mime_part *mime_parse(struct arena *arena, struct str raw,
                             const struct message_limits *limits,
                             const struct message_reading *reading, unsigned *limits_r);

/* The part after this one in the order of the text, children first; NULL at the end. */
struct mime_part *mime_next(const struct mime_part *part);
/*
 * Marks what reports enclose (RFC 3462: message/rfc822 and its like, text/rfc822-headers) as
 * is_returned: these are not the words of who sends the report. A report is a multipart/report with
 * a text of its own in front and a part for machines (RFC 3464, 5965, 8098), which must stand
 * before what it encloses.
 */
void mime_leave_out_returned(struct arena *arena, struct mime_part *root);
/* Of each multipart/alternative that has a part of the type, the rest is beside the body. */
void mime_choose_alternatives(struct mime_part *root, struct str preferred);

/*
 * Fills decoded, text, rendered and html of a part without children; *text_left is what may still
 * be decoded of the message, and is reduced.
 */
void mime_decode_part(struct arena *arena, struct mime_part *part,
                      const struct message_reading *reading, size_t *text_left);

/* `text` without the part's transfer encoding; bits of enum mime_fault are added to the part. */
struct str mime_decode_transfer(struct arena *arena, struct mime_part *part, struct str text);

/* The raw body, still encoded, in the lines that SpamAssassin's rules see: line ends as LF, long
 * lines broken, without what is too many of empty lines. */
struct str mime_raw_lines(struct arena *arena, const struct mime_part *part);
/* The type that the Content-Type field states; plain text where it is missing or an unknown text.
 */
struct str mime_declared_type(struct arena *arena, const struct mime_part *part);
/* The same as it stands there, in lower case; empty where there is none. */
struct str mime_stated_type(struct arena *arena, const struct mime_part *part);
/* What shown_type is for a part's type and file name. */
struct str mime_shown_type(struct str type, struct str name, enum reading_version reading);

/* Is the type of text or message? "text/plain", "text", "text plain", but not "texts/plain". */
bool mime_is_text(struct str type);
bool mime_is_family(struct str type, struct str family);

/* A parameter of a structured field such as Content-Type, RFC 2231 continuations joined and
 * decoded to UTF-8; empty where absent. `name` in any case. */
struct str mime_parameter(struct arena *arena, struct str field_value, struct str name);

#endif
