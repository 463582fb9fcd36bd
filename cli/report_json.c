/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON of records by hand: a report may have a million, and building objects of a library takes
 * five times as long as all the rest.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/report_output.h"

#define TIME_TEXT_SIZE 40

struct report_json {
	struct strbuf buf;
	const struct ruleset *ruleset;
	time_t seconds; /* of `time_text`: many records have the same */
	char time_text[TIME_TEXT_SIZE];
};

struct report_json *report_json_new(struct arena *arena, const struct ruleset *ruleset)
{
	struct report_json *json = arena_new_object(arena, struct report_json);

	strbuf_init(&json->buf, arena);
	json->ruleset = ruleset;
	json->seconds = -1;
	return json;
}

static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < ' ' || c >= 0x80 || c == '"' || c == '\\')
			return false;
	}
	return true;
}

static void add_escaped(struct strbuf *buf, struct str text)
{
	struct arena *arena = arena_new();
	struct strbuf escaped;

	strbuf_init(&escaped, arena);
	text = utf8_repair(arena, text);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '"' || c == '\\' || c == '\n')
			strbuf_add_char(&escaped, '\\');
		strbuf_add_char(&escaped, c == '\n' ? 'n' : c);
	}
	strbuf_add(buf, shown_json(arena, strbuf_str(&escaped)));
	arena_free(arena);
}

static void add_text(struct strbuf *buf, struct str text)
{
	strbuf_add_char(buf, '"');
	if (is_plain(text))
		strbuf_add(buf, text);
	else
		add_escaped(buf, text);
	strbuf_add_char(buf, '"');
}

/* `key` comes with what stands before and after it: ",\"name\":". */
static void add_field(struct strbuf *buf, struct str key, const char *text)
{
	strbuf_add(buf, key);
	add_text(buf, str_from(text));
}

/* Thousandths as a number that always has a fraction. */
static void add_decimal(struct strbuf *buf, struct str key, int32_t thousandths)
{
	char text[DECIMAL_TEXT_SIZE];

	strbuf_add(buf, key);
	strbuf_add(buf, str_from(decimal_format(thousandths, text)));
	if (thousandths % 1000 == 0)
		strbuf_add(buf, STR(".0"));
}

static void add_number(struct strbuf *buf, struct str key, int64_t number)
{
	char text[24];

	strbuf_add(buf, key);
	snprintf(text, sizeof(text), "%lld", (long long)number);
	strbuf_add(buf, str_from(text));
}

/* UTC with milliseconds, RFC 3339. */
static void add_time(struct report_json *json, struct str key, int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char rest[16];
	struct tm tm;

	if (seconds != json->seconds) {
		gmtime_r(&seconds, &tm);
		strftime(json->time_text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
		json->seconds = seconds;
	}
	snprintf(rest, sizeof(rest), ".%03dZ\"", (int)(time_us / 1000 % 1000));
	strbuf_add(&json->buf, key);
	strbuf_add_char(&json->buf, '"');
	strbuf_add(&json->buf, str_from(json->time_text));
	strbuf_add(&json->buf, str_from(rest));
}

static void add_rules(struct report_json *json, const char *rules)
{
	struct str rest = str_from(rules), piece, key = STR("{\"name\":");
	struct strbuf *buf = &json->buf;

	strbuf_add(buf, STR(",\"rules\":["));
	while (rest.len > 0 && str_next_piece(&rest, ',', &piece)) {
		int32_t points;
		struct str name = report_split_rule(piece, &points);

		strbuf_add(buf, key);
		add_text(buf, name);
		add_decimal(buf, STR(",\"score\":"), points);
		if (json->ruleset != NULL) {
			strbuf_add(buf, STR(",\"description\":"));
			add_text(buf, ruleset_description(json->ruleset, name));
		}
		strbuf_add_char(buf, '}');
		key = STR(",{\"name\":");
	}
	strbuf_add_char(buf, ']');
}

static void print(struct report_json *json)
{
	strbuf_add(&json->buf, STR("}\n"));
	fwrite(json->buf.data, 1, json->buf.len, stdout);
}

void report_json_record(struct report_json *json, const struct record *record)
{
	struct strbuf *buf = &json->buf;

	buf->len = 0;
	add_time(json, STR("{\"time\":"), record->time_us);
	add_field(buf, STR(",\"action\":"), report_kind_name(record->kind));
	add_field(buf, STR(",\"id\":"), record->scan_id);
	add_field(buf, STR(",\"queue_id\":"), record->queue_id);
	add_field(buf, STR(",\"message_id\":"), record->message_id);
	add_field(buf, STR(",\"sender\":"), record->sender);
	add_field(buf, STR(",\"recipient\":"), record->recipient);
	add_field(buf, STR(",\"destination\":"), record->destination);
	add_decimal(buf, STR(",\"score\":"), record->score);
	add_decimal(buf, STR(",\"threshold\":"), record->threshold);
	add_field(buf, STR(",\"client\":"), record->client_ip);
	add_field(buf, STR(",\"client_name\":"), record->client_name);
	add_number(buf, STR(",\"size\":"), record->size);
	strbuf_add(buf, record->tagged ? STR(",\"tagged\":true") : STR(",\"tagged\":false"));
	if (record->kept[0] != '\0')
		add_field(buf, STR(",\"not_dropped\":"), record->kept);
	add_rules(json, record->rules);
	print(json);
}

void report_json_count(struct report_json *json, const struct store_count *count)
{
	struct strbuf *buf = &json->buf;

	buf->len = 0;
	add_time(json, STR("{\"hour\":"), count->hour_us);
	add_field(buf, STR(",\"action\":"), report_kind_name(count->kind));
	add_field(buf, STR(",\"domain\":"), count->domain);
	add_number(buf, STR(",\"count\":"), count->count);
	print(json);
}
