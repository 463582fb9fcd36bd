/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A text under construction, in an arena. One thread. The finished slice stays valid as long as
 * the arena, and as long as nothing more is added.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/arena.h"

struct strbuf {
	struct arena *arena;
	char *data;
	size_t len;
	size_t cap;
};

void strbuf_init(struct strbuf *buf, struct arena *arena);
/* Room for `more` bytes at the end; write there, then raise buf->len. */
char *strbuf_reserve(struct strbuf *buf, size_t more);
void strbuf_add(struct strbuf *buf, struct str s);
static inline void strbuf_add_char(struct strbuf *buf, char c)
{
	if (buf->len == buf->cap)
		strbuf_reserve(buf, 1);
	buf->data[buf->len++] = c;
}
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What was built so far. */
struct str strbuf_str(const struct strbuf *buf);

#endif
