/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/show_view.h"

static void add_pieces(struct sheet *sheet, const char *name, const struct str_list *pieces)
{
	sheet_open_list(sheet, name);
	for (size_t i = 0; i < pieces->len; i++)
		sheet_line(sheet, pieces->items[i]);
	sheet_close(sheet);
}

void show_body(const struct show_message *shown, struct sheet *sheet)
{
	add_pieces(sheet, "body", &shown->message->body);
}

void show_rawbody(const struct show_message *shown, struct sheet *sheet)
{
	add_pieces(sheet, "rawbody", &shown->message->rawbody);
}
