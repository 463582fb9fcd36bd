/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Content transfer encodings (RFC 2045 section 6, and uuencode), decoded as leniently as mail
 * clients do: what cannot be decoded is kept or passed over, and *fault_r (which may be NULL) is
 * set to true. Linear in the input. The results live in the arena; a result may be the input
 * itself.
 */
#ifndef MESSAGE_DECODE_H
#define MESSAGE_DECODE_H

#include "base/arena.h"

/* Quoted-printable text; the line ends of the result are LF. */
struct str decode_qp(struct arena *arena, struct str text, bool *fault_r);
/* The "Q" encoding of RFC 2047, underscores already replaced by spaces: never drops white space. */
struct str decode_q_word(struct arena *arena, struct str text);
/* Characters outside the alphabet are passed over; padding in the middle counts as a digit. */
struct str decode_base64(struct arena *arena, struct str text, bool *fault_r);
/* The first "begin" … "end" block of the text; all of it up to the end where "end" is missing. */
struct str decode_uu(struct arena *arena, struct str text, bool *fault_r);
/* The text with each CRLF as LF. */
struct str decode_crlf(struct arena *arena, struct str text);

#endif
