/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header fields of a message or of a MIME part, in order (RFC 5322 section 2.2), as slices of
 * the raw text plus decoded forms made on first parse. Broken fields are kept as well as they can
 * be read. Nothing fails; all results live in the arena of the message and are never changed.
 */
#ifndef MESSAGE_HEADER_H
#define MESSAGE_HEADER_H

#include "base/vec.h"

struct header {
	struct str name;     /* without the colon and white space before it */
	struct str whole;    /* all after the colon, folds kept (their line ends as LF), without the
	                      * last line end */
	struct str raw;      /* what rules see of it: at most 8 KiB; the following, too */
	struct str unfolded; /* line ends removed, white space kept (one space for each fold's
	                      * line end and the white space that follows), outer space trimmed */
	struct str decoded;  /* unfolded and in UTF-8: encoded-words (RFC 2047) decoded where the
	                      * field can have them; 8-bit text that is no UTF-8 read as
	                      * windows-1252 */
};

struct header_list {
	vec_members(struct header);
};

/* Where a header section stands: what ends it differs. */
enum header_context {
	HEADER_OF_MESSAGE, /* up to three lines that are no field are passed over */
	HEADER_OF_PART,    /* the first such line is the body's */
};

struct header_limits {
	size_t max_fields;
	size_t max_field_bytes; /* of `whole` */
	size_t max_bytes;       /* fields that begin after this many bytes are left out */
};

struct header_section {
	enum header_context context;
	struct header_list headers;
	size_t bytes; /* of them */
	size_t body_offset;
	bool too_many;     /* there were more fields or bytes than the limits let in */
	bool too_long;     /* a field was cut at the limit */
	bool cut;          /* a name or value was cut to what rules see */
	bool no_separator; /* no empty line ended it */
};

/* Parses the header section at the start of `text`. */
void header_parse_section(struct arena *arena, struct str text, enum header_context context,
                          const struct header_limits *limits, struct header_section *section_r);

/*
 * Parses header lines from the start of `text` up to an empty line, the end, or a line that can't
 * be a header. *body_offset_r is where the body begins (after the empty line). Lines may end in
 * CRLF or LF. At most `max_headers` are kept; *overflow_r says that more were there.
 */
void header_parse(struct arena *arena, struct str text, size_t max_headers,
                  struct header_list *headers_r, size_t *body_offset_r, bool *overflow_r);

/* The first field of a name (case ignored), or NULL. */
const struct header *header_first(const struct header_list *headers, struct str name);
/* The last one, or NULL. */
const struct header *header_last(const struct header_list *headers, struct str name);
/* The next one after `previous` (NULL: the first), or NULL. */
const struct header *header_next(const struct header_list *headers, struct str name,
                                 const struct header *previous);

/* The value of a field with LF as its line ends. */
struct str header_plain_line_ends(struct arena *arena, struct str value);
/* The value of a field without its line ends, as header.unfolded; and then decoded, as
 * header.decoded. */
struct str header_unfold(struct arena *arena, struct str raw);
struct str header_decode(struct arena *arena, struct str name, struct str unfolded);

#endif
