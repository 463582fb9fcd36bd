/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tune_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/shown.h"
#include "cli/json_text.h"

static void print(json_t *object)
{
	struct arena *arena = arena_new();
	char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));

	printf("%.*s\n", STR_FMT(shown_json(arena, str_from(line))));
	free(line);
	json_decref(object);
	arena_free(arena);
}

static json_t *text(const char *value)
{
	struct arena *arena = arena_new();
	json_t *string = json_text(arena, str_from(value));

	arena_free(arena);
	return string;
}

static json_t *score(int32_t thousandths)
{
	return json_real(thousandths / 1000.0);
}

void tune_json_change(const struct retrial_change *change)
{
	const struct record *record = change->record;
	time_t seconds = (time_t)(record->time_us / 1000000);
	char when[40] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	print(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "time",
	                when, "before", retrial_action_name(change->before), "after",
	                retrial_action_name(change->after), "score", score(record->score),
	                "score_after", score(change->score), "id", text(record->scan_id),
	                "queue_id", text(record->queue_id), "message_id", text(record->message_id),
	                "sender", text(record->sender), "recipient", text(record->recipient),
	                "destination", text(record->destination), "subject",
	                text(record->subject)));
}

static json_t *transitions(const size_t changes[RETRIAL_ACTION_COUNT][RETRIAL_ACTION_COUNT])
{
	json_t *list = json_array();

	for (int i = 0; i < RETRIAL_ACTION_COUNT; i++)
		for (int k = 0; k < RETRIAL_ACTION_COUNT; k++)
			if (i != k && changes[i][k] > 0)
				json_array_append_new(
					list, json_pack("{s:s, s:s, s:I}", "before",
				                        retrial_action_name((enum retrial_action)i),
				                        "after",
				                        retrial_action_name((enum retrial_action)k),
				                        "count", (json_int_t)changes[i][k]));
	return list;
}

void tune_json_summary(const struct retrial_summary *summary)
{
	json_t *accounts = json_array();
	const struct retrial_account *account;
	struct arena *arena = arena_new();

	vec_foreach (&summary->accounts, account)
		json_array_append_new(accounts,
		                      json_pack("{s:o, s:I, s:o}", "domain",
		                                json_text(arena, account->domain), "changed",
		                                (json_int_t)account->changed, "changes",
		                                transitions(account->changes)));
	arena_free(arena);
	print(json_pack("{s:I, s:I, s:o, s:o}", "records", (json_int_t)summary->records, "changed",
	                (json_int_t)summary->changed, "changes", transitions(summary->changes),
	                "accounts", accounts));
}
