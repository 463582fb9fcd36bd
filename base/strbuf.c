/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void strbuf_init(struct strbuf *buf, struct arena *arena)
{
	*buf = (struct strbuf){ .arena = arena };
}

char *strbuf_reserve(struct strbuf *buf, size_t more)
{
	if (buf->data == NULL || more > buf->cap - buf->len) {
		size_t cap = buf->cap > 0 ? buf->cap : 64;

		while (cap < buf->len + more)
			cap *= 2;
		buf->data = arena_grow(buf->arena, buf->data, buf->cap, cap);
		buf->cap = cap;
	}
	return buf->data + buf->len;
}

void strbuf_add(struct strbuf *buf, struct str s)
{
	if (s.len == 0)
		return;
	memcpy(strbuf_reserve(buf, s.len), s.data, s.len);
	buf->len += s.len;
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	char *to = strbuf_reserve(buf, 1);
	size_t room = buf->cap - buf->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(to, room, format, args);
	va_end(args);
	assert(len >= 0);
	if ((size_t)len >= room) {
		va_start(args, format);
		vsnprintf(strbuf_reserve(buf, (size_t)len + 1), (size_t)len + 1, format, args);
		va_end(args);
	}
	buf->len += (size_t)len;
}

struct str strbuf_str(const struct strbuf *buf)
{
	return buf->len > 0 ? (struct str){ buf->data, buf->len } : STR("");
}
