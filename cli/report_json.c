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
#include "store/record_rules.h"

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

static void add_rules(struct strbuf *buf, const char *rules)
{
	struct str rest = str_from(rules), name, key = STR("{\"name\":");
	int32_t points;

	while (record_rules_next(&rest, &name, &points)) {
		strbuf_add(buf, key);
		add_text(buf, name);
		add_decimal(buf, STR(",\"score\":"), points);
		strbuf_add_char(buf, '}');
		key = STR(",{\"name\":");
	}
}

static void add_given(struct strbuf *buf, struct str key, struct str text)
{
	if (text.len == 0)
		return;
	strbuf_add(buf, key);
	add_text(buf, text);
}

/* With what is known of each. */
static void add_described_rules(struct strbuf *buf, const struct record *record,
                                const struct ruleset *ruleset)
{
	struct arena *arena = arena_new();
	struct record_rule_list rules = record_rules(arena, record, ruleset);

	for (size_t i = 0; i < rules.len; i++) {
		const struct record_rule *rule = &rules.items[i];

		strbuf_add(buf, i == 0 ? STR("{\"name\":") : STR(",{\"name\":"));
		add_text(buf, rule->name);
		add_decimal(buf, STR(",\"score\":"), rule->points);
		strbuf_add(buf, STR(",\"description\":"));
		add_text(buf, rule->description);
		add_given(buf, STR(",\"matched\":"), rule->matched);
		add_given(buf, STR(",\"because\":"), rule->because);
		strbuf_add_char(buf, '}');
	}
	arena_free(arena);
}

static void print(struct report_json *json)
{
	strbuf_add(&json->buf, STR("}\n"));
	fwrite(json->buf.data, 1, json->buf.len, stdout);
}

static void add_acts(struct report_json *json, const struct act_list *acts)
{
	struct strbuf *buf = &json->buf;

	strbuf_add(buf, STR(",\"acts\":["));
	for (size_t i = 0; i < acts->len; i++) {
		const struct act *act = &acts->items[i];

		strbuf_add(buf, i == 0 ? STR("{\"act\":") : STR(",{\"act\":"));
		add_text(buf, act->verb);
		strbuf_add(buf, STR(",\"for\":"));
		add_text(buf, act->recipient);
		strbuf_add(buf, STR(",\"by\":"));
		add_text(buf, act->by);
		add_time(json, STR(",\"begun\":"), act->begun_us);
		if (act->done_us > 0)
			add_time(json, STR(",\"done\":"), act->done_us);
		strbuf_add_char(buf, '}');
	}
	strbuf_add_char(buf, ']');
}

void report_json_record(struct report_json *json, const struct record *record,
                        const struct act_list *acts)
{
	struct strbuf *buf = &json->buf;

	buf->len = 0;
	add_time(json, STR("{\"time\":"), record->time_us);
	add_field(buf, STR(",\"action\":"), report_kind_name(record->kind));
	add_field(buf, STR(",\"id\":"), record->scan_id);
	add_field(buf, STR(",\"queue_id\":"), record->queue_id);
	add_field(buf, STR(",\"message_id\":"), record->message_id);
	if (record->subject[0] != '\0')
		add_field(buf, STR(",\"subject\":"), record->subject);
	add_field(buf, STR(",\"sender\":"), record->sender);
	add_field(buf, STR(",\"recipient\":"), record->recipient);
	add_field(buf, STR(",\"destination\":"), record->destination);
	add_decimal(buf, STR(",\"score\":"), record->score);
	add_decimal(buf, STR(",\"threshold\":"), record->threshold);
	if (record->threshold_origin[0] != '\0')
		add_field(buf, STR(",\"threshold_from\":"), record->threshold_origin);
	if (record->authentication[0] != '\0')
		add_field(buf, STR(",\"authentication\":"), record->authentication);
	if (record->signature[0] != '\0')
		add_field(buf, STR(",\"malware\":"), record->signature);
	add_field(buf, STR(",\"client\":"), record->client_ip);
	add_field(buf, STR(",\"client_name\":"), record->client_name);
	add_number(buf, STR(",\"size\":"), record->size);
	strbuf_add(buf, record->tagged ? STR(",\"tagged\":true") : STR(",\"tagged\":false"));
	if (record->kept[0] != '\0')
		add_field(buf, STR(",\"not_dropped\":"), record->kept);
	if (acts != NULL)
		add_acts(json, acts);
	strbuf_add(buf, STR(",\"rules\":["));
	if (json->ruleset != NULL)
		add_described_rules(buf, record, json->ruleset);
	else
		add_rules(buf, record->rules);
	strbuf_add_char(buf, ']');
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
