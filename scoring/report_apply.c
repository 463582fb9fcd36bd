/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"
#include "scoring/report.h"

/* One field of the text with all its lines. */
struct field {
	struct str name;
	struct str text;
	const struct header_edit *edit; /* a deletion or change, or NULL */
};

struct field_list {
	vec_members(struct field);
};

/* The fields at the start of `text`; returns the rest. */
static struct str split_fields(struct arena *arena, struct str text, struct field_list *fields)
{
	struct raw_field_list raw;

	text = raw_header_split(arena, text, &raw);
	for (size_t i = 0; i < raw.len; i++) {
		struct field field = { .name = raw.items[i].name, .text = raw.items[i].text };

		vec_push(arena, fields, field);
	}
	return text;
}

/* Deletions come last first and changes after them, so indexes are those of the original text
 * for deletions; a change's index counts what is left. */
static void mark_fields(struct field_list *fields, const struct header_edit *edit)
{
	unsigned index = 0;

	for (size_t i = 0; i < fields->len; i++) {
		struct field *field = &fields->items[i];

		if (!str_eq_ci(field->name, edit->name))
			continue;
		if (field->edit == NULL || field->edit->kind != HEADER_DELETE)
			index++;
		if (index == edit->index) {
			field->edit = edit;
			return;
		}
	}
}

static void add_value(struct strbuf *buf, struct str value, bool crlf)
{
	for (size_t i = 0; i < value.len; i++) {
		if (crlf && value.data[i] == '\n' && (i == 0 || value.data[i - 1] != '\r'))
			strbuf_add_char(buf, '\r');
		strbuf_add_char(buf, value.data[i]);
	}
}

static bool is_fold(struct str text)
{
	return text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t');
}

/* Messages have both kinds of line ends; a field keeps its own. */
static bool ends_in_crlf(struct str text)
{
	return text.len >= 2 && text.data[text.len - 2] == '\r' && text.data[text.len - 1] == '\n';
}

static void add_field(struct strbuf *buf, const struct header_edit *edit, bool crlf)
{
	strbuf_add(buf, edit->name);
	strbuf_add(buf, edit->exact || str_starts(edit->value, STR("\n")) ? STR(":") : STR(": "));
	add_value(buf, edit->value, crlf);
	strbuf_add(buf, crlf ? STR("\r\n") : STR("\n"));
}

static void add_new(struct strbuf *buf, const struct report *report, enum header_edit_kind kind,
                    bool crlf)
{
	/* Each insertion goes above the ones before it. */
	for (size_t i = report->len; kind == HEADER_INSERT && i > 0; i--) {
		if (report->items[i - 1].kind == kind)
			add_field(buf, &report->items[i - 1], crlf);
	}
	for (size_t i = 0; kind == HEADER_APPEND && i < report->len; i++) {
		if (report->items[i].kind == kind)
			add_field(buf, &report->items[i], crlf);
	}
}

struct str report_apply(struct arena *arena, const struct report *report, struct str raw)
{
	struct field_list fields = { 0 };
	struct strbuf buf;
	struct str rest;
	size_t first = (size_t)(str_find_char(raw, '\n') + 1);
	size_t mbox_line = raw_header_mbox_line(raw);
	bool crlf = first >= 2 && raw.data[first - 2] == '\r';

	strbuf_init(&buf, arena);
	strbuf_add(&buf, str_prefix(raw, mbox_line));
	rest = split_fields(arena, str_from_offset(raw, mbox_line), &fields);
	for (size_t i = 0; i < report->len; i++) {
		if (report->items[i].kind <= HEADER_CHANGE)
			mark_fields(&fields, &report->items[i]);
	}
	if (fields.len == 0 || !is_fold(fields.items[0].text))
		add_new(&buf, report, HEADER_INSERT, crlf);
	for (size_t i = 0; i < fields.len; i++) {
		const struct header_edit *edit = fields.items[i].edit;

		if (edit == NULL)
			strbuf_add(&buf, fields.items[i].text);
		else if (edit->kind == HEADER_CHANGE)
			add_field(&buf, edit, ends_in_crlf(fields.items[i].text));
		/* Below one of ours, it would be part of that. */
		if (i == 0 && is_fold(fields.items[0].text))
			add_new(&buf, report, HEADER_INSERT, crlf);
	}
	add_new(&buf, report, HEADER_APPEND, crlf);
	if (is_fold(rest) && buf.len > mbox_line)
		strbuf_add(&buf, crlf ? STR("\r\n") : STR("\n"));
	strbuf_add(&buf, rest);
	return strbuf_str(&buf);
}
