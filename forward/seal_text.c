/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/seal_text.h"

#include <string.h>

#include "base/strbuf.h"

#define FOLD_COLUMN 78
#define TAB_COLUMN  8

struct str seal_text_fold(struct arena *arena, const char *name, struct str text)
{
	struct strbuf buf;
	size_t column = strlen(name) + strlen(": ");

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (column == FOLD_COLUMN) {
			strbuf_add(&buf, STR("\n\t"));
			column = TAB_COLUMN;
		}
		strbuf_add_char(&buf, text.data[i]);
		column++;
	}
	return strbuf_str(&buf);
}

struct str seal_text_unfold(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++)
		if (str_find_char(STR(" \t\r\n"), text.data[i]) < 0)
			strbuf_add_char(&buf, text.data[i]);
	return strbuf_str(&buf);
}
