/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/html.h"

#include <time.h>

#include "base/decimal.h"
#include "base/shown.h"
#include "web/form.h"

void html_raw(struct strbuf *buf, const char *markup)
{
	strbuf_add(buf, str_from(markup));
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct strbuf *buf, struct str text)
{
	text = shown_text(buf->arena, text);
	for (size_t i = 0; i < text.len; i++) {
		const char *entity = entity_of(text.data[i]);

		if (entity != NULL)
			html_raw(buf, entity);
		else
			strbuf_add_char(buf, text.data[i]);
	}
}

void html_cstr(struct strbuf *buf, const char *text)
{
	html_text(buf, str_from(text));
}

void html_word(struct strbuf *buf, enum word word)
{
	html_cstr(buf, words_text(word));
}

/* With thin spaces between thousands, which read alike everywhere. */
void html_number(struct strbuf *buf, int64_t number)
{
	struct str digits = arena_printf(buf->arena, "%lld", (long long)number);

	for (size_t i = 0; i < digits.len; i++) {
		strbuf_add_char(buf, digits.data[i]);
		if ((digits.len - i) % 3 == 1 && i + 1 < digits.len && digits.data[i] != '-')
			html_raw(buf, "&#8239;");
	}
}

void html_count(struct strbuf *buf, int64_t count, enum word one, enum word many)
{
	html_number(buf, count);
	strbuf_add_char(buf, ' ');
	html_word(buf, count == 1 ? one : many);
}

void html_decimal(struct strbuf *buf, int32_t thousandths)
{
	char text[DECIMAL_TEXT_SIZE];

	html_raw(buf, decimal_format(thousandths, text));
}

void html_decimal_short(struct strbuf *buf, int32_t thousandths)
{
	char text[DECIMAL_TEXT_SIZE];

	html_raw(buf, decimal_format_short(thousandths, text));
}

void html_time(struct strbuf *buf, int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char machine[32] = "", reader[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL) {
		strftime(machine, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ", &tm);
		strftime(reader, sizeof(reader), "%Y-%m-%d %H:%M:%S", &tm);
	}
	strbuf_printf(buf, "<time datetime=\"%s\">%s UTC</time>", machine, reader);
}

void html_link_value(struct strbuf *buf, struct str value)
{
	strbuf_add(buf, form_encode(buf->arena, value));
}
