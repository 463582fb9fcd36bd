/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A slice of text: where it starts and how long it is. Mail text may hold NUL, so a slice is not a
 * C string; it owns nothing and stays valid as long as the memory that it points into. All
 * functions are pure and thread-safe. "ci" means without regard to ASCII case, never to the locale.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/char.h"

struct str {
	const char *data;
	size_t len;
};

/* The slice of a string literal, usable in initialisers. */
#define STR_INIT(literal)                                                                          \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
/* The slice of a string literal, as an expression. */
#define STR(literal) ((struct str)STR_INIT(literal))
/* For printf-like functions with "%.*s": length and data. */
#define STR_FMT(s) (int)(s).len, (s).data

/* The slice of a C string without its NUL; NULL gives the empty slice. */
static inline struct str str_from(const char *cstr)
{
	return cstr != NULL ? (struct str){ cstr, strlen(cstr) } : STR("");
}
/* The slice from `start` (clamped to the length) to the end. */
static inline struct str str_from_offset(struct str s, size_t start)
{
	if (start > s.len)
		start = s.len;
	if (start == 0) /* data may be NULL, to which C lets nobody add even 0 */
		return s;
	return (struct str){ s.data + start, s.len - start };
}
/* At most `len` bytes from the front. */
static inline struct str str_prefix(struct str s, size_t len)
{
	return (struct str){ s.data, len < s.len ? len : s.len };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
bool str_eq_ci(struct str a, struct str b);
/* Total order by bytes, like strcmp(). */
int str_cmp(struct str a, struct str b);
int str_cmp_ci(struct str a, struct str b);
static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_prefix(s, prefix.len), prefix);
}
bool str_starts_ci(struct str s, struct str prefix);
bool str_ends_ci(struct str s, struct str suffix);

/* Offset of the first occurrence, or -1. */
ptrdiff_t str_find_char(struct str s, char c);
ptrdiff_t str_rfind_char(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_find_ci(struct str s, struct str needle);

/* Without spaces, tabs, CR, LF, FF and VT at the front, the end, or both. */
struct str str_trim_left(struct str s);
struct str str_trim_right(struct str s);
struct str str_trim(struct str s);
/* Without the byte order mark that some editors put in front of UTF-8. */
struct str str_skip_byte_order_mark(struct str s);

/*
 * Iterates over pieces separated by `separator`: puts the next piece into *piece_r and moves *rest
 * after it. False when *rest is exhausted (rest->data is then NULL). "a,,b" gives "a", "", "b".
 */
bool str_next_piece(struct str *rest, char separator, struct str *piece_r);
/* The same for words separated by any run of white space; never gives an empty word. */
bool str_next_word(struct str *rest, struct str *word_r);
/* True where one of these words is `wanted`. */
bool str_has_word(struct str words, struct str wanted);
/* The same for lines; the piece has neither its LF nor a CR before that. */
bool str_next_line(struct str *rest, struct str *line_r);

/* FNV-1a over the bytes, and over the bytes in lower case. */
uint64_t str_hash(struct str s);
uint64_t str_hash_ci(struct str s);
/* Another one, eight bytes at a time, for many keys or long data; differs by byte order. */
uint64_t str_hash_words(struct str s);

/* The whole slice as an unsigned decimal number; false where it is not one or over `max`. */
bool str_to_uint(struct str s, uint64_t max, uint64_t *value_r);

#endif
