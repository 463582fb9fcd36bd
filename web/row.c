/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/row.h"

static const struct row_kind {
	enum word word;
	const char *class;
	const char *name;
} kinds[RECORD_KIND_COUNT] = {
	[RECORD_DISCARDED] = { WORD_DISCARDED, "dropped", "discarded" },
	[RECORD_DISCARDED_INFECTED] = { WORD_INFECTED_ONE, "infected", "infected" },
	[RECORD_DELIVERED] = { WORD_DELIVERED, "delivered", "delivered" },
	[RECORD_FORWARDED] = { WORD_FORWARDED, "forwarded", "forwarded" },
	[RECORD_REJECTED] = { WORD_REJECTED, "rejected", "rejected" },
	[RECORD_REJECTED_SRS] = { WORD_REJECTED_SRS, "rejected", "rejected-srs" },
	[RECORD_OBSERVED] = { WORD_OBSERVED, "observed", "observed" },
};

static const struct row_kind *find_kind(enum record_kind kind)
{
	return &kinds[(unsigned)kind < RECORD_KIND_COUNT ? kind : RECORD_DELIVERED];
}

enum word row_action(enum record_kind kind)
{
	return find_kind(kind)->word;
}

const char *row_class(enum record_kind kind)
{
	return find_kind(kind)->class;
}

const char *row_kind_name(enum record_kind kind)
{
	return find_kind(kind)->name;
}

static const enum word columns[] = { WORD_TIME,   WORD_ACTION,    WORD_SCORE,
	                             WORD_SENDER, WORD_RECIPIENT, WORD_SUBJECT };
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

void row_head(struct strbuf *buf)
{
	html_raw(buf, "<thead><tr>");
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		html_raw(buf, columns[i] == WORD_SCORE ? "<th scope=\"col\" class=\"number\">"
		                                       : "<th scope=\"col\">");
		html_word(buf, columns[i]);
		html_raw(buf, "</th>");
	}
	html_raw(buf, "</tr></thead>\n");
}

bool row_is_over(const struct record *record)
{
	if (record->kind == RECORD_DISCARDED || record->kind == RECORD_OBSERVED)
		return record->score >= record->threshold;
	return record->score > record->threshold;
}

void row_begin_cell(struct strbuf *buf, enum word label, const char *class)
{
	strbuf_printf(buf, "<td class=\"%s\" data-label=\"", class);
	html_word(buf, label);
	html_raw(buf, "\">");
}

void row_badge(struct strbuf *buf, const struct record *record)
{
	strbuf_printf(buf, "<span class=\"badge %s\">", row_class(record->kind));
	html_word(buf, row_action(record->kind));
	html_raw(buf, "</span>");
	/* Nobody got the tag of what was dropped. */
	if (record->tagged && record->kind != RECORD_DISCARDED &&
	    record->kind != RECORD_DISCARDED_INFECTED) {
		html_raw(buf, " <span class=\"badge tagged\">");
		html_word(buf, WORD_TAGGED);
		html_raw(buf, "</span>");
	}
}

void row_sender(struct strbuf *buf, const char *sender)
{
	if (sender[0] != '\0') {
		html_cstr(buf, sender);
		return;
	}
	html_raw(buf, "<span class=\"none\">");
	html_word(buf, WORD_NO_SENDER);
	html_raw(buf, "</span>");
}

void row_add_recipient(struct strbuf *buf, const struct record *record)
{
	row_begin_cell(buf, WORD_RECIPIENT, "address");
	html_cstr(buf, record->recipient);
	if (record->destination[0] != '\0' && strcmp(record->destination, record->recipient) != 0) {
		html_raw(buf, " <span class=\"to\"><span aria-hidden=\"true\">→</span><span "
		              "class=\"unseen\">");
		html_word(buf, WORD_FORWARDED_TO);
		html_raw(buf, "</span> ");
		html_cstr(buf, record->destination);
		html_raw(buf, "</span>");
	}
	html_raw(buf, "</td>");
}

void row_add_subject(struct strbuf *buf, const struct record *record)
{
	row_begin_cell(buf, WORD_SUBJECT, "subject");
	html_raw(buf, "<a href=\"message?id=");
	html_link_value(buf, str_from(record->scan_id));
	html_raw(buf, "\">");
	if (record->subject[0] != '\0')
		html_cstr(buf, record->subject);
	else
		html_word(buf, WORD_WHY);
	html_raw(buf, "</a>");
	if (record->signature[0] != '\0') {
		html_raw(buf, " <span class=\"signature\">");
		html_cstr(buf, record->signature);
		html_raw(buf, "</span>");
	}
	html_raw(buf, "</td>");
}

void row_add(struct strbuf *buf, const struct store_row *row)
{
	const struct record *record = &row->record;

	html_raw(buf, "<tr>");
	row_begin_cell(buf, WORD_TIME, "time");
	html_time(buf, record->time_us);
	html_raw(buf, "</td>");
	row_begin_cell(buf, WORD_ACTION, "action");
	row_badge(buf, record);
	html_raw(buf, "</td>");
	row_begin_cell(buf, WORD_SCORE, row_is_over(record) ? "number high" : "number");
	html_decimal_short(buf, record->score);
	html_raw(buf, "</td>");
	row_begin_cell(buf, WORD_SENDER, "address");
	row_sender(buf, record->sender);
	html_raw(buf, "</td>");
	row_add_recipient(buf, record);
	row_add_subject(buf, record);
	html_raw(buf, "</tr>\n");
}
