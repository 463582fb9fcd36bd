/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/retrial.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/strbuf.h"
#include "forward/address.h"
#include "rules/evidence_kind.h"
#include "scoring/settings.h"
#include "store/record_codec.h"
#include "store/record_rules.h"
#include "store/store_private.h"
#include "store/store_view_private.h"

/* The records of one message come within this time of each other. */
#define TOGETHER_US (60 * INT64_C(1000000))

const char *retrial_action_name(enum retrial_action action)
{
	static const char *const names[RETRIAL_ACTION_COUNT] = { "passed", "tagged", "observed",
		                                                 "discarded" };

	return names[action];
}

/* All recipients of a message: readers are told that it is spam where it is for each of them. */
struct trial_message {
	vec_of(struct record) records;
	int64_t time_us;
	bool over;
};

/* Messages whose records may not all have come; in the order of time. */
struct waiting {
	struct arena *arena;
	struct map *by_scan;
};

struct trial {
	const struct store_view *view;
	struct arena *arena; /* for the summary */
	const struct retrial_input *input;
	bool (*visit)(const struct retrial_change *change, void *context);
	void *context;
	struct retrial_summary *summary;
	struct map *accounts;
	struct waiting young, old; /* a message goes from one to the other, and is judged then */
	int64_t turned_us;
	bool has_hop, stopped;
};

/* The score by the points that are tried, and the list of rules with them. */
static int32_t try_points(struct trial *trial, struct arena *arena, const struct record *record,
                          struct str *rules_r)
{
	struct str rest = str_from(record->rules), name;
	int32_t points, score = record->score;
	char text[DECIMAL_TEXT_SIZE];
	struct strbuf rules;

	*rules_r = rest;
	if (trial->input->points == NULL)
		return score;
	strbuf_init(&rules, arena);
	while (record_rules_next(&rest, &name, &points)) {
		const int32_t *tried = map_get(trial->input->points, name);
		int32_t now = trial->input->only_these ? 0 : points;

		if (tried != NULL)
			now = *tried == RETRIAL_AS_RECORDED ? points : *tried;
		score = decimal_add(score, decimal_add(now, -points));
		strbuf_printf(&rules, "%s%.*s=%s", rules.len > 0 ? "," : "", STR_FMT(name),
		              decimal_format(now, text));
	}
	*rules_r = strbuf_str(&rules);
	return score;
}

static bool is_proven(struct trial *trial, const struct destination_settings *destination,
                      int32_t score, struct str rules)
{
	struct evidence_kinds kinds;

	if (destination->discard_needs == DISCARD_NEEDS_ANY ||
	    (destination->forward_discard_score > 0 &&
	     (int64_t)score >= 2 * (int64_t)destination->forward_discard_score))
		return true;
	if (trial->input->ruleset == NULL)
		return false;
	kinds = evidence_kinds_of(trial->input->ruleset, rules);
	return evidence_kind_count(&kinds) >= 2;
}

/* Something besides the score kept it: another destination, a client that is trusted … */
static bool was_kept_for_itself(const struct record *record)
{
	return record->kept[0] != '\0' && record->doubt == 0 &&
	       strstr(record->kept, "two-kinds") == NULL;
}

static bool could_be_dropped(const struct record *record)
{
	if (record->kind == RECORD_DISCARDED || record->kind == RECORD_OBSERVED)
		return true;
	return record->kind == RECORD_FORWARDED && record->destination[0] != '\0' &&
	       (record->exempt & RECORD_NEVER_DROPPED) == 0 && !was_kept_for_itself(record);
}

static enum retrial_action decide(struct trial *trial, const struct record *record, bool over,
                                  int32_t *score_r)
{
	struct arena *arena = arena_new();
	enum retrial_action action = over ? RETRIAL_TAGGED : RETRIAL_PASSED;
	struct destination_settings destination;
	struct str rules;

	*score_r = try_points(trial, arena, record, &rules);
	if (record->kind == RECORD_DISCARDED_INFECTED) {
		action = RETRIAL_DISCARDED;
	} else if (could_be_dropped(record)) {
		destination = settings_for_destination(
			trial->input->settings,
			address_domain(arena, str_from(record->destination[0] != '\0'
		                                               ? record->destination
		                                               : record->recipient)));
		if (!destination.keep && *score_r >= destination.forward_discard_score &&
		    decimal_add(*score_r, -record->doubt) >= destination.forward_discard_score &&
		    is_proven(trial, &destination, *score_r, rules))
			action = destination.observe ? RETRIAL_OBSERVED : RETRIAL_DISCARDED;
	}
	arena_free(arena);
	return action;
}

static enum retrial_action action_of(const struct record *record)
{
	if (record->kind == RECORD_DISCARDED || record->kind == RECORD_DISCARDED_INFECTED)
		return RETRIAL_DISCARDED;
	if (record->kind == RECORD_OBSERVED)
		return RETRIAL_OBSERVED;
	return record->tagged ? RETRIAL_TAGGED : RETRIAL_PASSED;
}

/* Older versions didn't record that it was by a policy. */
static bool was_never_tagged(const struct record *record)
{
	return (record->exempt & RECORD_NEVER_TAGGED) != 0 ||
	       (record->threshold_origin[0] == '\0' && !record->tagged &&
	        (record->kind == RECORD_DELIVERED || record->kind == RECORD_FORWARDED) &&
	        record->score > record->threshold);
}

/* Is the score greater than what each recipient wants, and may they be told? */
static bool is_over(struct trial *trial, const struct trial_message *message)
{
	const struct record *record;

	vec_foreach (&message->records, record) {
		struct arena *arena = arena_new();
		struct recipient_settings own =
			settings_for_recipient(trial->input->settings, str_from(record->recipient));
		struct str rules;
		int32_t score = try_points(trial, arena, record, &rules);

		arena_free(arena);
		if (score <= own.required_score || !own.enabled || was_never_tagged(record))
			return false;
	}
	return true;
}

static void count_change(struct trial *trial, const struct record *record,
                         enum retrial_action before, enum retrial_action after)
{
	struct retrial_account *account;
	struct str domain =
		arena_str_lower(trial->arena, str_from(store_domain(record->recipient)));

	account = map_get(trial->accounts, domain);
	if (account == NULL) {
		account = arena_new_object(trial->arena, struct retrial_account);
		account->domain = domain;
		map_set(trial->accounts, domain, account);
	}
	account->changes[before][after]++;
	account->changed++;
	trial->summary->changed++;
}

static void judge_record(struct trial *trial, const struct record *record, bool over)
{
	struct retrial_change change = { .record = record, .before = action_of(record) };
	const struct retrial_input *input = trial->input;

	if (!store_address_fits(record->destination, input->destination.data) ||
	    !store_address_fits(record->recipient, input->account.data))
		return;
	change.after = decide(trial, record, over, &change.score);
	trial->summary->records++;
	trial->summary->changes[change.before][change.after]++;
	if (change.before == change.after)
		return;
	count_change(trial, record, change.before, change.after);
	if (trial->visit != NULL)
		trial->stopped = !trial->visit(&change, trial->context);
}

static void judge_all(struct trial *trial, struct waiting *waiting)
{
	for (size_t i = 0; i < map_len(waiting->by_scan); i++) {
		const struct trial_message *message = map_at(waiting->by_scan, i, NULL);
		bool over = is_over(trial, message);
		const struct record *record;

		vec_foreach (&message->records, record)
			if (!trial->stopped)
				judge_record(trial, record, over);
	}
}

static void begin_waiting(struct waiting *waiting)
{
	waiting->arena = arena_new();
	waiting->by_scan = map_new(waiting->arena, MAP_EXACT);
}

/* Judges the older ones; the younger ones are old now. */
static void turn(struct trial *trial)
{
	judge_all(trial, &trial->old);
	arena_free(trial->old.arena);
	trial->old = trial->young;
	begin_waiting(&trial->young);
}

static struct record copy_record(struct arena *arena, const struct record *record)
{
	struct record copy = *record;
	const char **strings[RECORD_STRINGS];

	record_strings(&copy, strings);
	for (size_t i = 0; i < RECORD_STRINGS; i++)
		*strings[i] = arena_cstr(arena, str_from(store_text(*strings[i])));
	return copy;
}

/* With a hop, what the front let go on has a record of its own there. */
static bool goes_to_the_hop(const struct trial *trial, const struct record *record)
{
	return trial->has_hop && record->kind == RECORD_FORWARDED && record->destination[0] == '\0';
}

static bool take(const struct record *record, int64_t id, void *context)
{
	struct trial *trial = context;
	struct trial_message *message;
	struct waiting *waiting = &trial->old;
	struct str scan = str_from(record->scan_id);

	(void)id;
	if (!store_view_has(trial->view, record) || goes_to_the_hop(trial, record))
		return true;
	if (record->time_us - trial->turned_us > TOGETHER_US) {
		turn(trial);
		trial->turned_us = record->time_us;
	}
	message = map_get(waiting->by_scan, scan);
	if (message == NULL) {
		waiting = &trial->young;
		message = map_get(waiting->by_scan, scan);
	}
	if (message == NULL) {
		message = arena_new_object(waiting->arena, struct trial_message);
		map_set(waiting->by_scan, arena_str(waiting->arena, scan), message);
	}
	vec_push(waiting->arena, &message->records, copy_record(waiting->arena, record));
	return !trial->stopped;
}

static int compare_accounts(const void *a, const void *b)
{
	const struct retrial_account *x = a, *y = b;

	if (x->changed != y->changed)
		return x->changed < y->changed ? 1 : -1;
	return str_cmp(x->domain, y->domain);
}

static void list_accounts(struct trial *trial)
{
	struct retrial_summary *summary = trial->summary;

	for (size_t i = 0; i < map_len(trial->accounts); i++)
		vec_push(trial->arena, &summary->accounts,
		         *(struct retrial_account *)map_at(trial->accounts, i, NULL));
	if (summary->accounts.len > 0)
		qsort(summary->accounts.items, summary->accounts.len,
		      sizeof(summary->accounts.items[0]), compare_accounts);
}

bool retrial_run(const struct store_view *view, struct arena *arena,
                 const struct retrial_input *input,
                 bool (*visit)(const struct retrial_change *change, void *context), void *context,
                 struct retrial_summary *summary_r, struct error *err_r)
{
	struct retrial_input own = *input;
	struct trial trial = { .view = view,
		               .arena = arena,
		               .input = &own,
		               .visit = visit,
		               .context = context,
		               .summary = summary_r,
		               .accounts = map_new(arena, MAP_EXACT),
		               .has_hop = settings_has_hop(input->settings) };
	struct store_query query = { .since_us = input->since_us };
	bool ok;

	*summary_r = (struct retrial_summary){ 0 };
	own.destination = arena_str(arena, input->destination);
	own.account = arena_str(arena, input->account);
	/* What becomes of a message is decided by all its recipients, so one alone is looked for
	 * later. */
	query.account = view->account;
	begin_waiting(&trial.young);
	begin_waiting(&trial.old);
	ok = store_read(view->store, &query, take, &trial, err_r);
	turn(&trial);
	turn(&trial);
	arena_free(trial.old.arena);
	arena_free(trial.young.arena);
	list_accounts(&trial);
	return ok;
}
