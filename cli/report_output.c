/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/decimal.h"
#include "base/plural.h"
#include "base/shown.h"
#include "base/vec.h"
#include "cli/report_acts.h"
#include "store/record_rules.h"

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

/* Text. */

/* So that the time zone's file isn't read for every record. */
static const char *local_time(int64_t time_us, char text[TIME_TEXT_SIZE])
{
	static bool zone_known;
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm tm;

	if (!zone_known)
		tzset();
	zone_known = true;

	localtime_r(&seconds, &tm);
	strftime(text, TIME_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	return text;
}

/* For a terminal: what strangers sent has no control characters. */
static const char *shown(struct arena *arena, const char *text)
{
	struct str all = str_from(text), fine = shown_text(arena, all);

	return fine.data == all.data ? text : arena_cstr(arena, fine);
}

static const char *shown_sender(struct arena *arena, const char *sender)
{
	return sender[0] != '\0' ? shown(arena, sender) : "<>";
}

/* Exact, and with a decimal at least. */
static const char *aligned_score(int32_t thousandths, char text[DECIMAL_TEXT_SIZE])
{
	return thousandths % 100 == 0 ? decimal_format_short(thousandths, text)
	                              : decimal_format(thousandths, text);
}

void report_print_line(const struct record *record)
{
	struct arena *arena = arena_new();
	char time_text[TIME_TEXT_SIZE], score[DECIMAL_TEXT_SIZE];

	printf("%s  %-9s %6s%s  %s  %s%s%s%s%s\n", local_time(record->time_us, time_text),
	       report_kind_name(record->kind), aligned_score(record->score, score),
	       record->tagged ? " tagged" : "", shown_sender(arena, record->sender),
	       shown(arena, record->recipient), record->destination[0] != '\0' ? " -> " : "",
	       shown(arena, record->destination), record->signature[0] != '\0' ? "  " : "",
	       shown(arena, record->signature));
	arena_free(arena);
}

static void print_field(struct arena *arena, const char *name, const char *value)
{
	if (value[0] != '\0')
		printf("  %-12s %s\n", name, shown(arena, value));
}

#define NAME_COLUMNS 29

static void print_under_rule(struct arena *arena, const char *what, struct str text,
                             const char *quote)
{
	if (text.len > 0)
		printf("%*s%s %s%.*s%s\n", 13 + NAME_COLUMNS, "", what, quote,
		       STR_FMT(shown_text(arena, text)), quote);
}

static void print_rules(struct arena *arena, const struct record *record,
                        const struct ruleset *ruleset)
{
	struct record_rule_list rules = record_rules(arena, record, ruleset);

	for (size_t i = 0; i < rules.len; i++) {
		const struct record_rule *rule = &rules.items[i];
		char points_text[DECIMAL_TEXT_SIZE];

		printf("  %9s  %-*s%.*s\n", decimal_format(rule->points, points_text),
		       rule->description.len > 0 ? NAME_COLUMNS : 0,
		       shown(arena, arena_cstr(arena, rule->name)),
		       STR_FMT(shown_text(arena, rule->description)));
		print_under_rule(arena, "matched:", rule->matched, "\"");
		print_under_rule(arena, "because:", rule->because, "");
	}
}

static const char *threshold_says(enum record_kind kind)
{
	if (kind == RECORD_OBSERVED)
		return "would have been dropped from";
	return kind == RECORD_DISCARDED || kind == RECORD_DISCARDED_INFECTED ? "dropped from"
	                                                                     : "threshold";
}

static void print_act(struct arena *arena, const struct act *act)
{
	char text[TIME_TEXT_SIZE];

	print_field(arena, "later",
	            arena_printf(arena, "%s %.*s",
	                         local_time(act->done_us > 0 ? act->done_us : act->begun_us, text),
	                         STR_FMT(report_acts_text(arena, act)))
	                    .data);
}

void report_print_record(const struct record *record, const struct act_list *acts,
                         const struct ruleset *ruleset)
{
	struct arena *arena = arena_new();
	char time_text[TIME_TEXT_SIZE], score[DECIMAL_TEXT_SIZE], threshold[DECIMAL_TEXT_SIZE];
	const struct act *act;

	printf("%s  %s%s\n", local_time(record->time_us, time_text), report_kind_name(record->kind),
	       record->tagged ? ", tagged as spam" : "");
	print_field(arena, "scan id", record->scan_id);
	print_field(arena, "queue id", record->queue_id);
	print_field(arena, "message id", record->message_id);
	print_field(arena, "subject", record->subject);
	print_field(arena, "client", record->client_ip);
	print_field(arena, "client name", record->client_name);
	printf("  %-12s %s\n", "sender", shown_sender(arena, record->sender));
	print_field(arena, "recipient", record->recipient);
	print_field(arena, "destination", record->destination);
	printf("  %-12s %lld %s\n", "size", (long long)record->size,
	       plural((uint64_t)record->size, "byte", "bytes"));
	printf("  %-12s %s", "score", decimal_format(record->score, score));
	printf(", %s %s%s", threshold_says(record->kind),
	       decimal_format(record->threshold, threshold),
	       record->kind == RECORD_DELIVERED || record->kind == RECORD_FORWARDED ? "" : " on");
	if (record->threshold_origin[0] != '\0')
		printf(" (%s)", shown(arena, record->threshold_origin));
	putchar('\n');
	print_field(arena, "sender is", record->authentication);
	print_field(arena, "malware", record->signature);
	print_field(arena, "not dropped", record->kept);
	vec_foreach (acts, act)
		print_act(arena, act);
	print_rules(arena, record, ruleset);
	arena_free(arena);
}

/* Groups. */

struct report_groups {
	struct arena *arena;
	vec_of(struct store_group) list;
	bool ordered; /* by destination and recipient, as far as they came */
};

struct report_groups *report_groups_new(struct arena *arena)
{
	struct report_groups *groups = arena_new_object(arena, struct report_groups);

	groups->arena = arena;
	groups->ordered = true;
	return groups;
}

static int compare_places(const struct store_group *x, const struct store_group *y)
{
	int order =
		x->destination != y->destination ? strcasecmp(x->destination, y->destination) : 0;

	if (order == 0 && x->recipient != y->recipient)
		order = strcasecmp(x->recipient, y->recipient);
	return order;
}

/* A copy of a text, or the one before where that is the same. */
static const char *keep_text(struct arena *arena, const char *text, const char *before)
{
	if (before != NULL && strcmp(text, before) == 0)
		return before;
	return arena_cstr(arena, str_from(text));
}

bool report_groups_add(const struct store_group *group, void *context)
{
	struct report_groups *groups = context;
	size_t len = groups->list.len;
	const struct store_group *last = len > 0 ? &groups->list.items[len - 1] : NULL;
	const char *destination =
		group->destination[0] != '\0' ? group->destination : group->recipient;
	struct store_group kept = *group;

	kept.destination =
		keep_text(groups->arena, destination, last != NULL ? last->destination : NULL);
	kept.recipient =
		keep_text(groups->arena, group->recipient, last != NULL ? last->recipient : NULL);
	kept.sender = arena_cstr(groups->arena, str_from(group->sender));
	if (last != NULL && compare_places(last, &kept) > 0)
		groups->ordered = false;
	vec_push(groups->arena, &groups->list, kept);
	return true;
}

/* The most frequent first, then the highest score. */
static int compare_senders(const void *a, const void *b)
{
	const struct store_group *x = a, *y = b;
	int order = (x->count < y->count) - (x->count > y->count);

	if (order == 0)
		order = (x->score < y->score) - (x->score > y->score);
	return order != 0 ? order : strcmp(x->sender, y->sender);
}

static int compare_groups(const void *a, const void *b)
{
	int order = compare_places(a, b);

	return order != 0 ? order : compare_senders(a, b);
}

static void print_group(const struct report_groups *groups, const struct store_group *group)
{
	char score[DECIMAL_TEXT_SIZE];

	printf("%2zu  %4s  %s\n", group->count, decimal_format_short(group->score, score),
	       shown_sender(groups->arena, group->sender));
}

/* One recipient's lines; how many groups they are. */
static size_t print_recipient(struct report_groups *groups, struct store_group *first, size_t left)
{
	const struct store_group *before = first > groups->list.items ? first - 1 : NULL;
	bool new_destination =
		before == NULL || strcasecmp(before->destination, first->destination) != 0;
	size_t count = 1;

	while (count < left && compare_places(first, &first[count]) == 0)
		count++;
	qsort(first, count, sizeof(*first), compare_senders);
	if (new_destination)
		printf("%sTo: %s\n", before != NULL ? "\n" : "",
		       shown(groups->arena, first->destination));
	printf("%s\n", shown(groups->arena, first->recipient));
	for (size_t i = 0; i < count; i++)
		print_group(groups, &first[i]);
	return count;
}

size_t report_groups_count(const struct report_groups *groups)
{
	return groups->list.len;
}

void report_groups_print(struct report_groups *groups)
{
	struct store_group *list = groups->list.items;
	size_t len = groups->list.len;

	if (!groups->ordered)
		qsort(list, len, sizeof(*list), compare_groups);
	for (size_t i = 0; i < len;)
		i += print_recipient(groups, &list[i], len - i);
}
