/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_output.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define TIME_TEXT_SIZE 40

const char *report_kind_name(enum record_kind kind)
{
	static const char *const names[RECORD_KIND_COUNT] = {
		[RECORD_DISCARDED] = "discarded",
		[RECORD_DISCARDED_INFECTED] = "discarded-infected",
		[RECORD_DELIVERED] = "delivered",
		[RECORD_FORWARDED] = "forwarded",
		[RECORD_REJECTED] = "rejected",
		[RECORD_REJECTED_SRS] = "rejected-srs",
		[RECORD_OBSERVED] = "observed",
	};

	return (unsigned)kind < RECORD_KIND_COUNT ? names[kind] : "unknown";
}

/* JSON. */

/* UTC with milliseconds, RFC 3339. */
static const char *json_time(int64_t time_us, char text[TIME_TEXT_SIZE])
{
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, TIME_TEXT_SIZE - len, ".%03dZ", (int)(time_us / 1000 % 1000));
	return text;
}

static void set_text(struct arena *arena, json_t *object, const char *key, const char *text)
{
	struct str valid = utf8_repair(arena, str_from(text));

	json_object_set_new(object, key, json_stringn_nocheck(valid.data, valid.len));
}

/* Thousandths as a JSON number; 12 digits print them exactly. */
static void set_decimal(json_t *object, const char *key, int32_t thousandths)
{
	json_object_set_new(object, key, json_real(thousandths / 1000.0));
}

/* The name and points of "A=1.2"; points is 0 where there are none. */
static struct str split_rule(struct str piece, int32_t *points_r)
{
	ptrdiff_t equals = str_rfind_char(piece, '=');

	*points_r = 0;
	if (equals < 0)
		return piece;
	decimal_parse(str_from_offset(piece, (size_t)equals + 1), points_r);
	return str_prefix(piece, (size_t)equals);
}

static json_t *json_rules(struct arena *arena, const char *rules)
{
	struct str rest = str_from(rules), piece;
	json_t *array = json_array();

	while (rest.len > 0 && str_next_piece(&rest, ',', &piece)) {
		json_t *rule = json_object();
		int32_t points;
		struct str name = split_rule(piece, &points);

		set_text(arena, rule, "name", arena_cstr(arena, name));
		set_decimal(rule, "score", points);
		json_array_append_new(array, rule);
	}
	return array;
}

static void print_object(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));

	puts(text);
	free(text);
	json_decref(object);
}

void report_print_json(const struct record *record)
{
	struct arena *arena = arena_new();
	json_t *object = json_object();
	char time_text[TIME_TEXT_SIZE];

	set_text(arena, object, "time", json_time(record->time_us, time_text));
	set_text(arena, object, "action", report_kind_name(record->kind));
	set_text(arena, object, "id", record->scan_id);
	set_text(arena, object, "queue_id", record->queue_id);
	set_text(arena, object, "message_id", record->message_id);
	set_text(arena, object, "sender", record->sender);
	set_text(arena, object, "recipient", record->recipient);
	set_text(arena, object, "destination", record->destination);
	set_decimal(object, "score", record->score);
	set_decimal(object, "threshold", record->threshold);
	set_text(arena, object, "client", record->client_ip);
	set_text(arena, object, "client_name", record->client_name);
	json_object_set_new(object, "size", json_integer(record->size));
	json_object_set_new(object, "tagged", json_boolean(record->tagged));
	json_object_set_new(object, "rules", json_rules(arena, record->rules));
	print_object(object);
	arena_free(arena);
}

void report_print_json_count(const struct store_count *count)
{
	struct arena *arena = arena_new();
	json_t *object = json_object();
	char time_text[TIME_TEXT_SIZE];

	set_text(arena, object, "hour", json_time(count->hour_us, time_text));
	set_text(arena, object, "action", report_kind_name(count->kind));
	set_text(arena, object, "domain", count->domain);
	json_object_set_new(object, "count", json_integer(count->count));
	print_object(object);
	arena_free(arena);
}

/* Text. */

static const char *local_time(int64_t time_us, char text[TIME_TEXT_SIZE])
{
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, TIME_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	return text;
}

/* For a terminal: what strangers sent has no control characters. */
static const char *shown(struct arena *arena, const char *text)
{
	char *copy = arena_cstr(arena, utf8_repair(arena, str_from(text)));

	for (char *c = copy; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return copy;
}

static const char *shown_sender(struct arena *arena, const char *sender)
{
	return sender[0] != '\0' ? shown(arena, sender) : "<>";
}

void report_print_line(const struct record *record)
{
	struct arena *arena = arena_new();
	char time_text[TIME_TEXT_SIZE], score[DECIMAL_TEXT_SIZE];

	printf("%s  %-9s %6s%s  %s  %s%s%s\n", local_time(record->time_us, time_text),
	       report_kind_name(record->kind), decimal_format_short(record->score, score),
	       record->tagged ? " tagged" : "", shown_sender(arena, record->sender),
	       shown(arena, record->recipient), record->destination[0] != '\0' ? " -> " : "",
	       shown(arena, record->destination));
	arena_free(arena);
}

static void print_field(struct arena *arena, const char *name, const char *value)
{
	if (value[0] != '\0')
		printf("  %-12s %s\n", name, shown(arena, value));
}

static void print_rules(struct arena *arena, const char *rules, const struct ruleset *ruleset)
{
	struct str rest = str_from(rules), piece;

	while (rest.len > 0 && str_next_piece(&rest, ',', &piece)) {
		char points_text[DECIMAL_TEXT_SIZE];
		int32_t points;
		struct str name = split_rule(piece, &points), description = STR("");

		if (ruleset != NULL)
			description = ruleset_description(ruleset, name);
		printf("  %9s  %-*s%.*s\n", decimal_format(points, points_text),
		       description.len > 0 ? 29 : 0, shown(arena, arena_cstr(arena, name)),
		       STR_FMT(description));
	}
}

void report_print_record(const struct record *record, const struct ruleset *ruleset)
{
	struct arena *arena = arena_new();
	char time_text[TIME_TEXT_SIZE], score[DECIMAL_TEXT_SIZE], threshold[DECIMAL_TEXT_SIZE];

	printf("%s  %s%s\n", local_time(record->time_us, time_text), report_kind_name(record->kind),
	       record->tagged ? ", tagged as spam" : "");
	print_field(arena, "scan id", record->scan_id);
	print_field(arena, "queue id", record->queue_id);
	print_field(arena, "message id", record->message_id);
	print_field(arena, "client", record->client_ip);
	print_field(arena, "client name", record->client_name);
	printf("  %-12s %s\n", "sender", shown_sender(arena, record->sender));
	print_field(arena, "recipient", record->recipient);
	print_field(arena, "destination", record->destination);
	printf("  %-12s %lld bytes\n", "size", (long long)record->size);
	printf("  %-12s %s", "score", decimal_format(record->score, score));
	if (record->kind == RECORD_DISCARDED || record->kind == RECORD_OBSERVED)
		printf(", %s from %s on",
		       record->kind == RECORD_OBSERVED ? "would have been dropped" : "dropped",
		       decimal_format(record->threshold, threshold));
	putchar('\n');
	print_rules(arena, record->rules, ruleset);
	arena_free(arena);
}

/* Groups. */

struct group {
	struct str destination;
	struct str recipient;
	struct str sender;
	int32_t score;
	size_t count;
};

struct report_groups {
	struct arena *arena;
	struct map *by_key;
	struct map *texts; /* each address once */
	struct strbuf key;
};

struct report_groups *report_groups_new(struct arena *arena)
{
	struct report_groups *groups = arena_new_object(arena, struct report_groups);

	groups->arena = arena;
	groups->by_key = map_new(arena, MAP_EXACT);
	groups->texts = map_new(arena, MAP_EXACT);
	strbuf_init(&groups->key, arena);
	return groups;
}

static struct str keep_text(struct report_groups *groups, const char *text)
{
	struct str *kept = map_get(groups->texts, str_from(text));

	if (kept == NULL) {
		kept = arena_new_object(groups->arena, struct str);
		*kept = arena_str(groups->arena, str_from(text));
		map_set(groups->texts, *kept, kept);
	}
	return *kept;
}

static const char *destination_of(const struct record *record)
{
	return record->destination[0] != '\0' ? record->destination : record->recipient;
}

void report_groups_add(struct report_groups *groups, const struct record *record)
{
	struct strbuf *key = &groups->key;
	struct group *group;

	key->len = 0;
	strbuf_printf(key, "%s\n%s\n%s\n%d", destination_of(record), record->recipient,
	              record->sender, (int)record->score);
	group = map_get(groups->by_key, strbuf_str(key));
	if (group == NULL) {
		group = arena_new_object(groups->arena, struct group);
		group->destination = keep_text(groups, destination_of(record));
		group->recipient = keep_text(groups, record->recipient);
		group->sender = keep_text(groups, record->sender);
		group->score = record->score;
		map_set(groups->by_key, arena_str(groups->arena, strbuf_str(key)), group);
	}
	group->count++;
}

/* By destination and recipient; then what came most often, then what scored most. */
static int compare_groups(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;
	int order = str_cmp(x->destination, y->destination);

	if (order == 0)
		order = str_cmp(x->recipient, y->recipient);
	if (order == 0)
		order = (x->count < y->count) - (x->count > y->count);
	if (order == 0)
		order = (x->score < y->score) - (x->score > y->score);
	return order != 0 ? order : str_cmp(x->sender, y->sender);
}

static void print_heading(struct arena *arena, const struct group *group,
                          const struct group *before)
{
	bool new_destination = before == NULL || !str_eq(group->destination, before->destination);

	if (new_destination)
		printf("%sTo: %s\n", before != NULL ? "\n" : "",
		       shown(arena, group->destination.data));
	if (new_destination || !str_eq(group->recipient, before->recipient))
		printf("%s\n", shown(arena, group->recipient.data));
}

void report_groups_print(struct report_groups *groups)
{
	size_t count = map_len(groups->by_key);
	struct group **list = arena_calloc(groups->arena, count, sizeof(struct group *));
	char score[DECIMAL_TEXT_SIZE];

	for (size_t i = 0; i < count; i++)
		list[i] = map_at(groups->by_key, i, NULL);
	if (count > 0)
		qsort(list, count, sizeof(struct group *), compare_groups);
	for (size_t i = 0; i < count; i++) {
		print_heading(groups->arena, list[i], i > 0 ? list[i - 1] : NULL);
		printf("%2zu  %4s  %s\n", list[i]->count,
		       decimal_format_short(list[i]->score, score),
		       shown_sender(groups->arena, list[i]->sender.data));
	}
}
