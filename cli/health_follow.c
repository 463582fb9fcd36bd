/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/health_follow.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/memory.h"
#include "cli/health_source.h"
#include "health/adapt.h"
#include "health/history.h"

/* A message may have waited so long in the queue. */
#define QUEUE_S (7 * 86400)
/* Those are forgotten that have been well for so long. */
#define FORGET_S (7 * 86400)
/* What the page shows is as old as so many ticks. */
#define SHOWN_TICKS 15

/* What of a destination's counts has been added already. */
struct counted {
	uint64_t forwards, disliked;
	struct health_destination shown; /* likewise for the page */
};

struct run {
	const struct health_follow *follow;
	struct arena *arena;
	struct adapted adapted;
	vec_of(struct counted) counted; /* by the number of the destination */
	int64_t newest_id;
	/* Lines of before were counted by an earlier run. It stays: what is logged later in the
	 * second that was read last counts, too. */
	int64_t since_s;
	const char *path;
	struct history history;
	const char *history_path;
	bool history_changed;
	unsigned ticks;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static void add_line(struct str line, void *context)
{
	const struct run *run = context;

	health_add_line(run->follow->health, line, run->since_s, (int64_t)time(NULL));
}

static bool add_record(const struct record *record, int64_t id, void *context)
{
	struct run *run = context;

	health_add_record(run->follow->health, record);
	if (id > run->newest_id)
		run->newest_id = id;
	return true;
}

static bool complain(const struct error *err)
{
	fprintf(stderr, "assay health: %s\n", err->text);
	return false;
}

static bool read_records(struct run *run, int64_t since_us)
{
	struct store_query query = { .kinds = 1 << RECORD_FORWARDED | 1 << RECORD_OBSERVED,
		                     .since_us = since_us,
		                     .after_id = run->newest_id };
	struct error err;

	return store_read(run->follow->store, &query, add_record, run, &err) || complain(&err);
}

static struct adapted_destination *find_entry(struct run *run, struct str domain)
{
	for (size_t i = 0; i < run->adapted.len; i++)
		if (str_eq(run->adapted.items[i].domain, domain))
			return &run->adapted.items[i];
	return NULL;
}

/* What is liked needs no entry. */
static struct adapted_destination *entry_of(struct run *run, struct str domain, uint64_t disliked)
{
	struct adapted_destination entry = { 0 }, *found = find_entry(run, domain);

	if (found != NULL || disliked == 0 || run->adapted.len >= ADAPTED_MAX)
		return found;
	entry.domain = arena_str(run->arena, domain);
	vec_push(run->arena, &run->adapted, entry);
	return &run->adapted.items[run->adapted.len - 1];
}

static unsigned steps_max(const struct settings *settings, struct str domain)
{
	struct destination_settings destination = settings_for_destination(settings, domain);
	int64_t room = (int64_t)destination.forward_discard_score - settings->adapt_discard_floor;
	int64_t steps = room > 0 ? (room + ADAPTED_STEP - 1) / ADAPTED_STEP : 0;

	if (destination.keep)
		return 0;
	return steps < ADAPTED_STEPS_MAX ? (unsigned)steps : ADAPTED_STEPS_MAX;
}

static bool judge(struct run *run, struct adapted_destination *entry, uint64_t forwards,
                  uint64_t disliked)
{
	const struct settings *settings = run->follow->settings;
	struct adapt_settings how = { .share = settings->adapt_discard_share,
		                      .interval_s = settings->adapt_discard_interval / 1000,
		                      .steps_max = steps_max(settings, entry->domain) };
	struct history_step step = { (int64_t)time(NULL), entry->domain, entry->steps, 0, 0, 0 };

	if (!adapt_step(entry, &how, forwards, disliked, step.time_s))
		return forwards > 0;
	step.after = entry->steps;
	step.forwards = entry->then_forwards;
	step.disliked = entry->then_disliked;
	history_add_step(run->arena, &run->history, &step);
	/* With what led to it, at once. */
	run->history_changed = true;
	run->ticks = 0;
	return true;
}

/* For the page. */
static void count_for_show(struct run *run, const struct health_destination *destination,
                           struct health_destination *shown)
{
	if (memcmp(&destination->counts, &shown->counts, sizeof(shown->counts)) == 0)
		return;
	history_add(run->arena, &run->history, destination, shown, (int64_t)time(NULL));
	*shown = *destination;
	run->history_changed = true;
}

/* True where something is new. */
static bool count_new(struct run *run)
{
	const struct health_destination *destination;
	bool any = false;

	for (size_t i = 0; (destination = health_destination(run->follow->health, i)) != NULL;
	     i++) {
		const struct health_counts *counts = &destination->counts;
		struct counted none = { 0 }, *before;
		struct adapted_destination *entry;

		if (i == run->counted.len)
			vec_push(run->arena, &run->counted, none);
		before = &run->counted.items[i];
		count_for_show(run, destination, &before->shown);
		entry = entry_of(run, destination->domain, counts->disliked);
		if (entry == NULL ||
		    (counts->forwards == before->forwards && counts->disliked == before->disliked))
			continue;
		any = judge(run, entry, counts->forwards - before->forwards,
		            counts->disliked - before->disliked) ||
		      any;
		before->forwards = counts->forwards;
		before->disliked = counts->disliked;
	}
	return any;
}

/* Also those of which nothing is heard: they are well again some day. */
static bool forget(struct run *run)
{
	size_t kept = 0;
	bool any = false;

	for (size_t i = 0; i < run->adapted.len; i++) {
		struct adapted_destination entry = run->adapted.items[i];

		any = judge(run, &entry, 0, 0) || any;
		if (entry.steps == 0 && entry.disliked == 0 &&
		    (int64_t)time(NULL) - entry.changed_s > FORGET_S)
			any = true;
		else
			run->adapted.items[kept++] = entry;
	}
	run->adapted.len = kept;
	return any;
}

static bool adapt(struct run *run)
{
	int64_t newest = health_newest_s(run->follow->health);
	bool any = count_new(run);
	struct error err;

	any = forget(run) || any;
	if (newest >= run->adapted.read_until_s)
		run->adapted.read_until_s = newest + 1;
	return !any || adapted_write(run->path, &run->adapted, &err) || complain(&err);
}

static bool show(struct run *run, bool last)
{
	struct error err;

	if (!run->history_changed || (!last && run->ticks++ % SHOWN_TICKS != 0))
		return true;
	run->history_changed = false;
	history_forget(&run->history, (int64_t)time(NULL));
	return history_write(run->history_path, &run->history, &err) || complain(&err);
}

/* What was counted before is only for show: without it, it begins anew. */
static void read_history(struct run *run)
{
	struct error err;

	run->history_path = history_path(run->arena, run->follow->settings->health_file);
	if (history_read(run->arena, run->history_path, &run->history, &err))
		return;
	fprintf(stderr, "assay health: %s: %s; it is begun anew\n", run->history_path, err.text);
	run->history = (struct history){ 0 };
}

static bool begin(struct run *run)
{
	struct error err;

	run->path = arena_cstr(run->arena, run->follow->settings->health_file);
	if (!adapted_read(run->arena, run->path, &run->adapted, &err)) {
		fprintf(stderr, "assay health: %s: %s; remove it to begin anew\n", run->path,
		        err.text);
		return false;
	}
	/* Without it, what is in the log counts from now on. */
	if (run->adapted.read_until_s == 0)
		run->adapted.read_until_s = (int64_t)time(NULL);
	run->since_s = run->adapted.read_until_s;
	read_history(run);
	return read_records(run, (run->adapted.read_until_s - QUEUE_S) * 1000000);
}

static bool open_source(struct health_source *source, struct run *run)
{
	struct error err;

	source->line = add_line;
	source->context = run;
	source->stopped = &stopped;
	if (run->follow->log != NULL) {
		health_source_log(source, run->follow->log);
		return true;
	}
	return health_source_journal(source, run->since_s, true, &err) || complain(&err);
}

static bool go_on(struct run *run, struct health_source *source)
{
	bool ok = true;
	struct error err;

	while (ok && !stopped && !source->ended) {
		health_source_wait(source);
		ok = read_records(run, 0);
		health_settle(run->follow->health, source->ended);
		ok = ok && adapt(run) && show(run, false);
	}
	ok = ok && show(run, true);
	return (health_source_close(source, &err) || complain(&err)) && ok;
}

int health_follow(const struct health_follow *follow)
{
	struct sigaction action = { .sa_handler = stop };
	struct run *run = memory_calloc(1, sizeof(*run));
	struct health_source *source = memory_calloc(1, sizeof(*source));
	bool ok;

	run->follow = follow;
	run->arena = arena_new();
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	ok = begin(run) && open_source(source, run) && go_on(run, source);
	arena_free(run->arena);
	free(source);
	free(run);
	return ok ? EX_OK : EX_IOERR;
}
