/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Header fields of our own making: non-ASCII text as encoded-words (RFC 2047), folded so that
 * lines stay within 78 characters where a space allows it (RFC 5322 section 2.1.1). Pure.
 */
#ifndef MESSAGE_HEADER_WRITE_H
#define MESSAGE_HEADER_WRITE_H

#include "base/vec.h"

/*
 * UTF-8 text with every run of words that holds non-ASCII as encoded-words of at most 75
 * characters; bytes that are not UTF-8 become U+FFFD. A trailing space of such a run stays inside.
 */
struct str header_encode_words(struct arena *arena, struct str text);

/*
 * The value of a field: each line of `lines` begins a line of its own, and is folded at spaces.
 * Continuation lines begin with "\n "; there is no line end at the end. `name` counts for the
 * length of the first line.
 */
struct str header_fold(struct arena *arena, struct str name, const struct str_list *lines);
/* The same for people: a name in brackets and what follows it are not torn apart where a line has
 * room for them, and the first line is empty where its text fits only below it. */
struct str header_fold_phrases(struct arena *arena, struct str name, const struct str_list *lines);

/*
 * The value as it was, byte for byte, with `text` (UTF-8, one line) in front of it: between them is
 * the white space at the end of `text`, or what keeps encoded-words and words apart. Where the
 * first line would become too long for header_wrap(), the value begins on a line of its own.
 */
struct str header_put_in_front(struct arena *arena, struct str name, struct str text,
                               struct str value);

/*
 * The value, folded so that no line is longer than the 998 octets of RFC 5322 section 2.1.1, the
 * name and ": " counted: at white space, else between characters of UTF-8. Other lines stay.
 */
struct str header_wrap(struct arena *arena, struct str name, struct str value);

#endif
