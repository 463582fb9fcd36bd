/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sheet.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/shown.h"
#include "base/strbuf.h"
#include "cli/json_text.h"

#define DEPTH_MAX 8
/* Columns of a name in text, and of an item's number. */
#define NAME_WIDTH   16
#define NUMBER_WIDTH 5

struct sheet {
	struct arena *arena;
	bool json;
	struct strbuf text;
	/* What is open, the outermost first; in text, the number of the last item of each. */
	json_t *open[DEPTH_MAX];
	size_t items[DEPTH_MAX];
	unsigned indents[DEPTH_MAX];
	size_t headings[DEPTH_MAX], starts[DEPTH_MAX]; /* of each, in the text */
	unsigned depth;
};

struct sheet *sheet_new(struct arena *arena, bool json)
{
	struct sheet *sheet = arena_new_object(arena, struct sheet);

	sheet->arena = arena;
	sheet->json = json;
	strbuf_init(&sheet->text, arena);
	if (json)
		sheet->open[0] = json_object();
	return sheet;
}

bool sheet_is_json(const struct sheet *sheet)
{
	return sheet->json;
}

/* Goes one deeper, to a value that is in the one above already. */
static void enter(struct sheet *sheet, json_t *value, unsigned indent)
{
	unsigned outer = sheet->indents[sheet->depth];

	assert(sheet->depth + 1 < DEPTH_MAX);
	sheet->depth++;
	sheet->open[sheet->depth] = value;
	sheet->items[sheet->depth] = 0;
	sheet->indents[sheet->depth] = outer + indent;
	sheet->starts[sheet->depth] = sheet->text.len;
}

static void add_json(struct sheet *sheet, const char *name, json_t *value)
{
	json_t *open = sheet->open[sheet->depth];

	if (json_is_array(open))
		json_array_append_new(open, value);
	else
		json_object_set_new_nocheck(open, name, value);
}

/* A text of one or more lines, the further ones below the first. */
static void add_lines(struct sheet *sheet, struct str text, unsigned column)
{
	struct str rest = shown_escaped(sheet->arena, text), line;
	bool first = true;

	while (rest.len > 0 && str_next_line(&rest, &line)) {
		if (!first)
			strbuf_printf(&sheet->text, "%*s", (int)column, "");
		strbuf_printf(&sheet->text, "%.*s\n", STR_FMT(line));
		first = false;
	}
	if (first)
		strbuf_add_char(&sheet->text, '\n');
}

static void add_value(struct sheet *sheet, const char *name, struct str value)
{
	unsigned indent = sheet->indents[sheet->depth];

	strbuf_printf(&sheet->text, "%*s%-*s ", (int)indent, "", NAME_WIDTH - 1, name);
	add_lines(sheet, value, indent + NAME_WIDTH);
}

static void add_numbered(struct sheet *sheet, struct str value)
{
	unsigned indent = sheet->indents[sheet->depth];

	strbuf_printf(&sheet->text, "%*s%*zu  ", (int)indent, "", NUMBER_WIDTH - 2,
	              ++sheet->items[sheet->depth]);
	add_lines(sheet, value, indent + NUMBER_WIDTH);
}

static void open_as(struct sheet *sheet, const char *name, json_t *value)
{
	size_t heading = sheet->text.len;

	if (sheet->json)
		add_json(sheet, name, value);
	else
		strbuf_printf(&sheet->text, "%*s%s\n", (int)sheet->indents[sheet->depth], "", name);
	enter(sheet, value, 2);
	sheet->headings[sheet->depth] = heading;
}

void sheet_open(struct sheet *sheet, const char *name)
{
	open_as(sheet, name, sheet->json ? json_object() : NULL);
}

void sheet_open_list(struct sheet *sheet, const char *name)
{
	open_as(sheet, name, sheet->json ? json_array() : NULL);
}

void sheet_item(struct sheet *sheet, const char *name, struct str value)
{
	json_t *item = sheet->json ? json_object() : NULL;

	if (sheet->json)
		add_json(sheet, NULL, item);
	else
		add_numbered(sheet, value);
	enter(sheet, item, NUMBER_WIDTH);
	sheet->headings[sheet->depth] = sheet->text.len;
	if (sheet->json)
		sheet_text(sheet, name, value);
}

void sheet_line(struct sheet *sheet, struct str text)
{
	if (sheet->json)
		add_json(sheet, NULL, json_text(sheet->arena, text));
	else
		add_numbered(sheet, text);
}

void sheet_close(struct sheet *sheet)
{
	unsigned depth = sheet->depth;

	assert(depth > 0);
	sheet->depth--;
	/* In text, a heading over nothing is left out, but for the outermost. */
	if (sheet->json || sheet->text.len > sheet->starts[depth])
		return;
	if (depth == 1)
		strbuf_printf(&sheet->text, "%*snone\n", (int)sheet->indents[depth], "");
	else
		sheet->text.len = sheet->headings[depth];
}

void sheet_text(struct sheet *sheet, const char *name, struct str value)
{
	if (sheet->json)
		add_json(sheet, name, json_text(sheet->arena, value));
	else if (value.len > 0)
		add_value(sheet, name, value);
}

void sheet_word(struct sheet *sheet, const char *name, const char *value)
{
	sheet_text(sheet, name, str_from(value));
}

void sheet_number(struct sheet *sheet, const char *name, size_t value)
{
	if (sheet->json)
		add_json(sheet, name, json_integer((json_int_t)value));
	else if (value > 0)
		add_value(sheet, name, arena_printf(sheet->arena, "%zu", value));
}

void sheet_flag(struct sheet *sheet, const char *name, bool value)
{
	if (sheet->json)
		add_json(sheet, name, json_boolean(value));
	else if (value)
		add_value(sheet, name, STR("yes"));
}

void sheet_words(struct sheet *sheet, const char *name, const struct str_list *words)
{
	struct strbuf line;

	if (sheet->json) {
		sheet_open_list(sheet, name);
		for (size_t i = 0; i < words->len; i++)
			sheet_line(sheet, words->items[i]);
		sheet_close(sheet);
		return;
	}
	strbuf_init(&line, sheet->arena);
	for (size_t i = 0; i < words->len; i++)
		strbuf_printf(&line, "%s%.*s", i > 0 ? ", " : "", STR_FMT(words->items[i]));
	sheet_text(sheet, name, strbuf_str(&line));
}

void sheet_print(struct sheet *sheet)
{
	struct str text = strbuf_str(&sheet->text);
	char *json = NULL;

	if (sheet->json) {
		json = json_dumps(sheet->open[0], JSON_COMPACT | JSON_REAL_PRECISION(12));
		text = shown_json(sheet->arena, str_from(json));
		json_decref(sheet->open[0]);
	}
	fwrite(text.data, 1, text.len, stdout);
	if (sheet->json)
		putchar('\n');
	free(json);
}
