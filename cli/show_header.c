/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "cli/show_view.h"
#include "rules/match/field.h"

/* In text a line each, since a header is long. */
static void add_line(const struct show_message *shown, struct sheet *sheet,
                     const struct header *header)
{
	struct str pieces[] = { header->name, STR(": "), header->decoded };

	sheet_line(sheet, arena_concat(shown->arena, pieces, 3));
}

static bool is_plain(const struct header *header)
{
	return str_eq(str_trim(header->raw), header->decoded);
}

static void add_field(const struct show_message *shown, struct sheet *sheet,
                      const struct header *header)
{
	struct str pieces[] = { header->name, STR(": "), header->decoded };

	if (!sheet_is_json(sheet) && is_plain(header)) {
		add_line(shown, sheet, header);
		return;
	}
	if (sheet_is_json(sheet)) {
		sheet_item(sheet, "name", header->name);
		sheet_text(sheet, "decoded", header->decoded);
	} else {
		sheet_item(sheet, "", arena_concat(shown->arena, pieces, 3));
	}
	sheet_text(sheet, "raw", header->raw);
	sheet_close(sheet);
}

void show_header(const struct show_message *shown, struct sheet *sheet)
{
	const struct header_list *headers = &shown->message->headers;

	sheet_open_list(sheet, "header");
	for (size_t i = 0; i < headers->len; i++)
		add_field(shown, sheet, &headers->items[i]);
	sheet_close(sheet);
}

bool show_field(const struct show_message *shown, struct str request, struct sheet *sheet,
                struct error *err_r)
{
	const struct field_request *field = field_request_parse(shown->arena, request, err_r);
	struct str_list values = { 0 };

	if (field == NULL)
		return false;
	field_values(shown->facts, shown->arena, field, &values);
	sheet_item(sheet, "field", request);
	sheet_open_list(sheet, "values");
	for (size_t i = 0; i < values.len; i++)
		sheet_line(sheet, values.items[i]);
	sheet_close(sheet);
	sheet_close(sheet);
	return true;
}
