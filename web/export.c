/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/export.h"

#include <time.h>

#include "base/decimal.h"
#include "base/utf8.h"
#include "web/row.h"

static bool is_csv(const struct page *page)
{
	return page->format == PAGE_CSV;
}

void export_begin(struct page *page)
{
	const char *suffix = is_csv(page) ? "csv" : "json";

	page->response->type = is_csv(page) ? "text/csv; charset=utf-8; header=present"
	                                    : "application/json; charset=utf-8";
	page->response->download = arena_printf(page->arena, "%s.%s", page->type->name, suffix);
	if (!is_csv(page))
		strbuf_add_char(&page->response->body, '[');
}

void export_end(struct page *page)
{
	if (!is_csv(page))
		strbuf_add(&page->response->body, STR("]\n"));
}

static bool looks_like_formula(struct str text)
{
	return text.len > 0 && strchr("=+-@\t\r", text.data[0]) != NULL && text.data[0] != '\0';
}

static void add_csv_text(struct strbuf *buf, struct str text)
{
	text = utf8_repair(buf->arena, text);
	strbuf_add_char(buf, '"');
	if (looks_like_formula(text))
		strbuf_add_char(buf, '\'');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '"')
			strbuf_add_char(buf, '"');
		strbuf_add_char(buf, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
	}
	strbuf_add_char(buf, '"');
}

/* "<" as well, so that no reader takes it for markup. */
static void add_json_text(struct strbuf *buf, struct str text)
{
	text = utf8_repair(buf->arena, text);
	strbuf_add_char(buf, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			strbuf_printf(buf, "\\%c", c);
		else if (c < ' ' || c == 0x7f || c == '<' || c == '>' || c == '&')
			strbuf_printf(buf, "\\u%04x", c);
		else
			strbuf_add_char(buf, (char)c);
	}
	strbuf_add_char(buf, '"');
}

static void add_csv(struct strbuf *buf, const struct export_cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			strbuf_add_char(buf, ',');
		if (cells[i].number)
			strbuf_add(buf, cells[i].text);
		else
			add_csv_text(buf, cells[i].text);
	}
	strbuf_add(buf, STR("\r\n"));
}

static void add_json(struct strbuf *buf, const struct export_cell *cells, size_t count)
{
	strbuf_add(buf, buf->len > 1 ? STR(",\n{") : STR("\n{"));
	for (size_t i = 0; i < count; i++) {
		strbuf_printf(buf, "%s\"%s\":", i > 0 ? "," : "", cells[i].name);
		if (cells[i].number)
			strbuf_add(buf, cells[i].text);
		else
			add_json_text(buf, cells[i].text);
	}
	strbuf_add_char(buf, '}');
}

void export_names(struct page *page, const struct export_cell *cells, size_t count)
{
	for (size_t i = 0; is_csv(page) && i < count; i++)
		strbuf_printf(&page->response->body, "%s%s", cells[i].name,
		              i + 1 < count ? "," : "\r\n");
}

void export_row(struct page *page, const struct export_cell *cells, size_t count)
{
	if (is_csv(page))
		add_csv(&page->response->body, cells, count);
	else
		add_json(&page->response->body, cells, count);
}

struct export_cell export_number(struct arena *arena, const char *name, int64_t number)
{
	return (struct export_cell){ name, arena_printf(arena, "%lld", (long long)number), true };
}

static struct export_cell decimal_cell(struct arena *arena, const char *name, int32_t thousandths)
{
	char text[DECIMAL_TEXT_SIZE];

	return (struct export_cell){ name,
		                     arena_str(arena, str_from(decimal_format(thousandths, text))),
		                     true };
}

struct export_cell export_time(struct arena *arena, const char *name, int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return (struct export_cell){ name, arena_str(arena, str_from(text)), false };
}

static struct export_cell text_cell(const char *name, const char *text)
{
	return (struct export_cell){ name, str_from(text), false };
}

static void add_record(struct page *page, const struct record *record, export_writer *write)
{
	struct arena *arena = page->arena;
	const struct export_cell cells[] = {
		export_time(arena, "time", record->time_us),
		text_cell("action", row_kind_name(record->kind)),
		export_number(arena, "tagged", record->tagged),
		decimal_cell(arena, "score", record->score),
		decimal_cell(arena, "threshold", record->threshold),
		text_cell("sender", record->sender),
		text_cell("recipient", record->recipient),
		text_cell("destination", record->destination),
		text_cell("subject", record->subject),
		text_cell("malware", record->signature),
		text_cell("id", record->scan_id),
		text_cell("queue_id", record->queue_id),
		text_cell("message_id", record->message_id),
		text_cell("client", record->client_ip),
		text_cell("client_name", record->client_name),
		export_number(arena, "size", record->size),
		text_cell("authentication", record->authentication),
		text_cell("rules", record->rules),
	};

	write(page, cells, sizeof(cells) / sizeof(*cells));
}

void export_rows(struct page *page, const struct store_rows *rows)
{
	const struct store_row *row;

	export_begin(page);
	add_record(page, &(struct record){ 0 }, export_names);
	vec_foreach (rows, row)
		add_record(page, &row->record, export_row);
	export_end(page);
}
