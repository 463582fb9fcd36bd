/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/show_view.h"

static void add_sources(const struct show_message *shown, struct sheet *sheet,
                        const struct uri *uri)
{
	static const struct {
		enum uri_source source;
		const char *name;
	} sources[] = {
		{ URI_IN_TEXT, "text" },
		{ URI_IN_LINK, "link" },
		{ URI_IN_HEADER, "header" },
	};
	struct str_list places = { 0 }, types = { 0 };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if ((uri->sources & sources[i].source) != 0)
			vec_push(shown->arena, &places, str_from(sources[i].name));
	for (unsigned bit = 0; bit < URI_TYPE_COUNT; bit++)
		if ((uri->types & 1u << bit) != 0)
			vec_push(shown->arena, &types,
			         str_from(uri_type_name((enum uri_type)(1u << bit))));
	sheet_words(sheet, "found_in", &places);
	sheet_words(sheet, "types", &types);
}

static void add_texts(struct sheet *sheet, const char *name, const struct str_list *texts)
{
	sheet_open_list(sheet, name);
	for (size_t i = 0; i < texts->len; i++)
		sheet_line(sheet, texts->items[i]);
	sheet_close(sheet);
}

static void add_hosts(struct sheet *sheet, const struct uri_host_list *hosts)
{
	sheet_open_list(sheet, "hosts");
	for (size_t i = 0; i < hosts->len; i++) {
		sheet_item(sheet, "host", hosts->items[i].host);
		sheet_text(sheet, "domain", hosts->items[i].domain);
		sheet_close(sheet);
	}
	sheet_close(sheet);
}

static void add_uri(const struct show_message *shown, struct sheet *sheet, const struct uri *uri)
{
	sheet_item(sheet, "raw", uri->raw);
	sheet_text(sheet, "canonical", uri->canonical);
	sheet_text(sheet, "scheme", uri->scheme);
	sheet_text(sheet, "host", uri->host);
	sheet_text(sheet, "domain", uri->domain);
	add_sources(shown, sheet, uri);
	add_texts(sheet, "forms", &uri->variants);
	add_hosts(sheet, &uri->hosts);
	add_texts(sheet, "link_texts", &uri->anchor_texts);
	sheet_close(sheet);
}

void show_uris(const struct show_message *shown, struct sheet *sheet)
{
	const struct uri_list *uris = &shown->message->uris;

	sheet_open_list(sheet, "uris");
	for (size_t i = 0; i < uris->len; i++)
		add_uri(shown, sheet, &uris->items[i]);
	sheet_close(sheet);
}
