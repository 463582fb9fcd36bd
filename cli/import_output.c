/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/plural.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "cli/import_lines.h"

/* Columns of a statement in the table. */
#define SHOWN_BYTES 44

/* Our rule file under construction. */
struct rule_file {
	struct strbuf text;
	unsigned lines;
	unsigned open; /* conditions of the file whose lines are copied */
};

static void add_line(struct rule_file *out, struct str line)
{
	strbuf_add(&out->text, line);
	strbuf_add_char(&out->text, '\n');
	out->lines++;
}

static void end_file(struct rule_file *out)
{
	for (; out->open > 0; out->open--)
		add_line(out, STR("endif"));
}

/* The file whose conditions must end: an included one is a part of the one that includes it. */
static bool other_file(const struct import_line *before, const struct import_line *line)
{
	return before != NULL && strcmp(before->file, line->file) != 0;
}

static bool opens(struct str keyword)
{
	return str_starts(keyword, STR("if"));
}

static void copy_line(struct rule_file *out, struct import_line *line)
{
	if (str_eq(line->keyword, STR("endif"))) {
		if (out->open == 0) {
			line->fate = IMPORT_REFUSED;
			line->note = STR("there is no if for it");
			return;
		}
		out->open--;
	}
	out->open += opens(line->keyword);
	add_line(out, line->raw);
	line->written = out->lines;
}

struct str import_rule_text(struct arena *arena, struct import_line_list *lines)
{
	struct rule_file out = { .lines = 0 };
	const struct import_line *before = NULL;
	struct import_line *line;

	strbuf_init(&out.text, arena);
	add_line(&out, STR("# What SpamAssassin was told here, taken over by `assay import`."));
	vec_foreach (lines, line) {
		if (line->fate != IMPORT_TAKEN)
			continue;
		if (other_file(before, line) || before == NULL) {
			end_file(&out);
			add_line(&out, STR(""));
			add_line(&out,
			         arena_printf(arena, "# %s",
			                      arena_cstr(arena,
			                                 shown_text(arena, str_from(line->file)))));
		}
		copy_line(&out, line);
		before = line;
	}
	end_file(&out);
	return strbuf_str(&out.text);
}

/* The table. */

static const char *fate_text(enum import_fate fate)
{
	switch (fate) {
	case IMPORT_TAKEN:
		return "taken";
	case IMPORT_MAPPED:
		return "becomes ";
	case IMPORT_NO_EFFECT:
		return "has no effect: ";
	case IMPORT_REFUSED:
		break;
	}
	return "refused: ";
}

static size_t place_width(struct arena *arena, const struct import_line_list *lines)
{
	size_t widest = 0;

	for (size_t i = 0; i < lines->len; i++) {
		size_t width =
			arena_printf(arena, "%s:%u", lines->items[i].file, lines->items[i].number)
				.len;

		widest = width > widest ? width : widest;
	}
	return widest < 60 ? widest : 60;
}

static void print_line(struct arena *arena, const struct import_line *line, size_t width)
{
	struct str place = arena_printf(arena, "%s:%u", line->file, line->number);
	struct str text = str_trim(line->raw);
	bool cut = text.len > SHOWN_BYTES;

	if (cut)
		text.len = SHOWN_BYTES - 3;
	while (cut && text.len > 0 && ((unsigned char)text.data[text.len] & 0xc0) == 0x80)
		text.len--;
	text = arena_printf(arena, "%.*s%s", STR_FMT(shown_text(arena, text)), cut ? "..." : "");
	place = shown_text(arena, place);
	printf("%-*.*s  %-*.*s  %s%.*s\n", (int)width, STR_FMT(place), SHOWN_BYTES, STR_FMT(text),
	       fate_text(line->fate),
	       STR_FMT(line->fate != IMPORT_TAKEN ? shown_text(arena, line->note) : STR("")));
}

void import_print(struct arena *arena, const struct import_line_list *lines)
{
	size_t width = place_width(arena, lines), counts[IMPORT_REFUSED + 1] = { 0 };

	for (size_t i = 0; i < lines->len; i++) {
		print_line(arena, &lines->items[i], width);
		counts[lines->items[i].fate]++;
	}
	printf("%zu %s: %zu taken, %zu became settings or entries, %zu without effect, %zu refused\n",
	       lines->len, plural(lines->len, "line", "lines"), counts[IMPORT_TAKEN],
	       counts[IMPORT_MAPPED], counts[IMPORT_NO_EFFECT], counts[IMPORT_REFUSED]);
}
