/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/log_text.h"

#include <string.h>

#include "base/shown.h"
#include "base/strbuf.h"

/* Of the line of a message, and of the MTAs' own lines. */
static const struct str field_names[] = {
	STR_INIT("client"),    STR_INIT("from"),     STR_INIT("nrcpt"),     STR_INIT("size"),
	STR_INIT("score"),     STR_INIT("tests"),    STR_INIT("required"),  STR_INIT("action"),
	STR_INIT("time"),      STR_INIT("id"),       STR_INIT("spf"),       STR_INIT("srs"),
	STR_INIT("sealed"),    STR_INIT("note"),     STR_INIT("observed"),  STR_INIT("limits"),
	STR_INIT("hint"),      STR_INIT("to"),       STR_INIT("threshold"), STR_INIT("status"),
	STR_INIT("forwarder"), STR_INIT("authserv"),
};

/* Whether what stands in front of a "=" ends in the name of a field. */
static bool ends_in_name(struct str before)
{
	for (size_t i = 0; i < sizeof(field_names) / sizeof(field_names[0]); i++)
		if (str_ends_ci(before, field_names[i]))
			return true;
	return false;
}

static struct str escaped(struct arena *arena, struct str text, size_t max, const char *special)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	text = str_prefix(text, max);
	for (size_t i = 0; i < text.len;) {
		size_t step = shown_char_len(str_from_offset(text, i));
		char c = text.data[i];

		if (step == 0 || strchr(special, c) != NULL ||
		    (c == '=' && ends_in_name(str_prefix(text, i)))) {
			strbuf_printf(&out, "\\%03o", (unsigned char)c);
			step = 1;
		} else {
			strbuf_add(&out, (struct str){ text.data + i, step });
		}
		i += step;
	}
	return strbuf_str(&out);
}

struct str log_text_word(struct arena *arena, struct str text, size_t max)
{
	return escaped(arena, text, max, " ,\"<>\\");
}

struct str log_text_host(struct arena *arena, struct str text, size_t max)
{
	return escaped(arena, text, max, " ,\"<>\\[]()");
}

struct str log_text_sentence(struct arena *arena, struct str text, size_t max)
{
	return escaped(arena, text, max, "");
}
