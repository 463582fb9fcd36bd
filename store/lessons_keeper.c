/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread of a cache of models. It holds no lock while it reads, learns or writes; a new model
 * takes the place of the old one in a moment. Where anything fails, it opens the journal anew after
 * a while.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/trouble.h"
#include "learn/learned.h"
#include "store/lessons_cache_private.h"
#include "store/lessons_scope.h"

/* How soon a lesson counts that was learned elsewhere, and how long it takes to stop. */
#define WAIT_MS 250
/* How long the journal is left alone where it fails. */
#define RETRY_US  INT64_C(1000000)
#define EXPIRE_US (3600 * INT64_C(1000000))
/* Rows that are written in one commit. */
#define BATCH 64

static struct trouble failure = { .name = "lessons", .over = "lessons: in order again" };

/* Once, and again when it is another one, or over. */
static void say(struct lessons_cache *cache, const char *trouble)
{
	if (strcmp(cache->trouble, trouble) == 0)
		return;
	if (trouble[0] != '\0')
		trouble_begin(&failure, NULL, "lessons: %s; what was learned before is used",
		              trouble);
	else
		trouble_end(&failure);
	pthread_mutex_lock(&cache->lock);
	snprintf(cache->trouble, sizeof(cache->trouble), "%s", trouble);
	pthread_mutex_unlock(&cache->lock);
}

static void give_up(struct lessons_cache *cache, const struct error *error)
{
	say(cache, error->text);
	lessons_close(cache->lessons);
	cache->lessons = NULL;
	cache->retry_us = clock_monotonic_us() + RETRY_US;
}

static bool open_journal(struct lessons_cache *cache, struct error *err_r)
{
	const char *place = cache->settings.place;

	if (cache->lessons == NULL)
		cache->lessons = cache->settings.once ? lessons_open_reader(place, err_r)
		                                      : lessons_open(place, err_r);
	return cache->lessons != NULL;
}

static bool read_key(struct lessons_cache *cache, struct error *err_r)
{
	unsigned char key[LEARN_KEY_BYTES];
	bool exists;

	if (!lessons_key(cache->lessons, key, &exists, err_r))
		return false;
	pthread_mutex_lock(&cache->lock);
	cache->has_key = exists;
	if (exists)
		cache->key = learn_key_read(key);
	pthread_mutex_unlock(&cache->lock);
	return true;
}

static bool note_scope(const char *name, const struct lessons_state *state, void *context)
{
	struct lessons_cache *cache = context;

	if (state->count[LEARN_HAM] < LEARNED_NARROWER_MIN ||
	    state->count[LEARN_SPAM] < LEARNED_NARROWER_MIN)
		return true;
	pthread_mutex_lock(&cache->lock);
	if (lessons_cache_find(cache, name) == NULL)
		lessons_cache_add(cache, name);
	pthread_mutex_unlock(&cache->lock);
	return true;
}

/* So often what was taught is counted at most, for that reads an index of all rows. */
#define COUNT_US INT64_C(1000000)

static uint64_t all_of(const struct lessons_counts *counts, enum learn_label label)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LESSON_SOURCES; i++)
		sum += counts->by_source[label][i];
	return sum;
}

static struct autolearn_taught taught_of(const struct lessons_counts *counts)
{
	struct autolearn_taught taught = {
		.all = { .ham = all_of(counts, LEARN_HAM), .spam = all_of(counts, LEARN_SPAM) },
	};

	taught.by_hand = (struct autolearn_count){
		.ham = taught.all.ham - counts->by_source[LEARN_HAM][LESSON_AUTOMATIC],
		.spam = taught.all.spam - counts->by_source[LEARN_SPAM][LESSON_AUTOMATIC],
	};
	return taught;
}

static bool count_taught(struct lessons_cache *cache, struct error *err_r)
{
	struct lessons_counts counts;
	int64_t now = clock_monotonic_us();

	if (cache->settings.once || !cache->count_due || now < cache->count_us)
		return true;
	if (!lessons_read_counts(cache->lessons, LESSONS_SITE, &counts, err_r))
		return false;
	cache->count_us = now + COUNT_US;
	cache->count_due = false;
	pthread_mutex_lock(&cache->lock);
	cache->taught = taught_of(&counts);
	for (const struct waiting_row *row = cache->first; row != NULL; row = row->next)
		lessons_cache_note(cache, row->scope, &row->row);
	cache->has_taught = true;
	pthread_mutex_unlock(&cache->lock);
	return true;
}

/* The models. */

static void publish(struct lessons_cache *cache, struct cached_scope *scope,
                    const struct lessons_model *next)
{
	struct lessons_held *held = NULL, *old;

	if (next->model != NULL && next->model != scope->model.model) {
		held = memory_calloc(1, sizeof(*held));
		*held = (struct lessons_held){ .model = next->model, .pins = 1 };
	}
	pthread_mutex_lock(&cache->lock);
	if (next->model != scope->model.model) {
		old = scope->held;
		scope->held = held;
		lessons_cache_release(old);
	}
	scope->model = *next;
	scope->tried = true;
	pthread_cond_broadcast(&cache->changed);
	pthread_mutex_unlock(&cache->lock);
}

static bool update_scope(struct lessons_cache *cache, struct cached_scope *scope,
                         struct error *err_r)
{
	struct lessons_model next;

	if (!lessons_model_next(cache->lessons, scope->name, cache->settings.bits, &scope->model,
	                        &next, err_r))
		return false;
	if (!cache->settings.once)
		lessons_model_keep(cache->lessons, scope->name, &next);
	publish(cache, scope, &next);
	return true;
}

/* Scope number `i` where it is wanted, or NULL; false after the last. */
static bool next_wanted(struct lessons_cache *cache, size_t i, struct cached_scope **scope_r)
{
	struct str name;
	bool more;

	pthread_mutex_lock(&cache->lock);
	more = i < map_len(cache->scopes);
	*scope_r = more ? map_at(cache->scopes, i, &name) : NULL;
	if (more && !(*scope_r)->wanted)
		*scope_r = NULL;
	pthread_mutex_unlock(&cache->lock);
	return more;
}

/* With `changed`, those that are loaded as well. */
static bool update_scopes(struct lessons_cache *cache, bool changed, struct error *err_r)
{
	struct cached_scope *scope;

	for (size_t i = 0; next_wanted(cache, i, &scope); i++)
		if (scope != NULL && (changed || !scope->tried) &&
		    !update_scope(cache, scope, err_r))
			return false;
	return true;
}

static size_t model_size(const struct cached_scope *scope)
{
	return scope->held != NULL ? model_bytes(scope->held->model).len : 0;
}

/* Drops the model that was used least lately, but the site's; false where there is none. */
static bool drop_one(struct lessons_cache *cache)
{
	struct cached_scope *oldest = NULL;

	for (size_t i = 0; i < map_len(cache->scopes); i++) {
		struct cached_scope *scope = map_at(cache->scopes, i, &(struct str){ 0 });

		if (scope->name[0] != '\0' && scope->held != NULL &&
		    (oldest == NULL || scope->used_us < oldest->used_us))
			oldest = scope;
	}
	if (oldest == NULL)
		return false;
	lessons_cache_release(oldest->held);
	oldest->held = NULL;
	oldest->model = (struct lessons_model){ 0 };
	oldest->wanted = oldest->tried = false;
	return true;
}

static void bound_memory(struct lessons_cache *cache)
{
	size_t bytes;

	pthread_mutex_lock(&cache->lock);
	do {
		bytes = 0;
		for (size_t i = 0; i < map_len(cache->scopes); i++)
			bytes += model_size(map_at(cache->scopes, i, &(struct str){ 0 }));
	} while (bytes > (size_t)cache->settings.memory && drop_one(cache));
	pthread_mutex_unlock(&cache->lock);
}

/* What this process learns. */

/* The first of those that wait, all of one scope. They stay in the list until they are written. */
static size_t gather_rows(struct lessons_cache *cache, struct lesson_row rows[BATCH],
                          const char **scope_r)
{
	size_t count = 0;

	pthread_mutex_lock(&cache->lock);
	for (struct waiting_row *row = cache->first; row != NULL && count < BATCH;
	     row = row->next) {
		if (count > 0 && strcmp(row->scope, *scope_r) != 0)
			break;
		*scope_r = row->scope;
		rows[count++] = row->row;
	}
	pthread_mutex_unlock(&cache->lock);
	return count;
}

static void remove_rows(struct lessons_cache *cache, size_t count)
{
	pthread_mutex_lock(&cache->lock);
	for (; count > 0; count--) {
		struct waiting_row *row = cache->first;

		cache->first = row->next;
		if (cache->first == NULL)
			cache->end = &cache->first;
		cache->waiting--;
		arena_free(row->arena);
	}
	pthread_mutex_unlock(&cache->lock);
}

/* *changed_r: any were written. */
static bool write_rows(struct lessons_cache *cache, bool *changed_r, struct error *err_r)
{
	enum lesson_outcome outcomes[BATCH];
	struct lesson_row rows[BATCH];
	const char *scope = NULL;
	size_t count;

	while ((count = gather_rows(cache, rows, &scope)) > 0) {
		if (!lessons_add(cache->lessons, scope, rows, count, outcomes, err_r))
			return false;
		remove_rows(cache, count);
		*changed_r = true;
	}
	return true;
}

/* What is too old. */

struct names {
	struct arena *arena;
	struct str_list list;
};

static bool add_name(const char *name, const struct lessons_state *state, void *context)
{
	struct names *names = context;

	(void)state;
	vec_push(names->arena, &names->list, arena_str(names->arena, str_from(name)));
	return true;
}

static bool expire(struct lessons_cache *cache, bool *changed_r, struct error *err_r)
{
	const struct lessons_limits limits = {
		.since_us = lessons_oldest_kept(clock_wall_us(), cache->settings.keep_ms),
		.max_bytes = cache->settings.max_bytes,
	};
	struct names names = { .arena = arena_new() };
	const struct str *name;
	size_t dropped;
	bool ok;

	ok = lessons_read_scopes(cache->lessons, add_name, &names, err_r);
	vec_foreach (&names.list, name) {
		ok = ok && lessons_expire(cache->lessons, name->data, &limits, &dropped, err_r);
		if (!ok || dropped == 0)
			continue;
		log_info(NULL, "lessons: %s: %zu old ones were removed",
		         lessons_scope_shown(name->data), dropped);
		*changed_r = true;
	}
	arena_free(names.arena);
	return ok;
}

static bool expire_now_and_then(struct lessons_cache *cache, bool *changed_r, struct error *err_r)
{
	int64_t now = clock_monotonic_us();

	if (now < cache->expire_us)
		return true;
	cache->expire_us = now + EXPIRE_US;
	return expire(cache, changed_r, err_r);
}

/* The loop. */

/* Reading comes first: it works where the disk is full. */
static bool follow(struct lessons_cache *cache, bool changed, struct error *err_r)
{
	if (changed && (!read_key(cache, err_r) ||
	                !lessons_read_scopes(cache->lessons, note_scope, cache, err_r)))
		return false;
	cache->count_due = cache->count_due || changed;
	if (!update_scopes(cache, changed, err_r) || !count_taught(cache, err_r))
		return false;
	bound_memory(cache);
	return true;
}

static bool work(struct lessons_cache *cache, struct error *err_r)
{
	bool changed = cache->lessons == NULL || cache->wrote;

	if (!open_journal(cache, err_r))
		return false;
	if (!changed && !cache->settings.once)
		changed = lessons_wait(cache->lessons, WAIT_MS);
	cache->wrote = false;
	if (!follow(cache, changed, err_r))
		return false;
	if (cache->settings.once)
		return true;
	if (!write_rows(cache, &cache->wrote, err_r) ||
	    !expire_now_and_then(cache, &cache->wrote, err_r))
		return false;
	say(cache, "");
	return true;
}

/* Nobody is to wait for what doesn't come. */
static void settle(struct lessons_cache *cache)
{
	pthread_mutex_lock(&cache->lock);
	cache->settled = true;
	for (size_t i = 0; cache->lessons == NULL && i < map_len(cache->scopes); i++) {
		struct cached_scope *scope = map_at(cache->scopes, i, &(struct str){ 0 });

		scope->tried = scope->tried || cache->settings.once;
	}
	pthread_cond_broadcast(&cache->changed);
	pthread_mutex_unlock(&cache->lock);
}

static bool has_wanted(const struct lessons_cache *cache)
{
	for (size_t i = 0; i < map_len(cache->scopes); i++) {
		const struct cached_scope *scope = map_at(cache->scopes, i, &(struct str){ 0 });

		if (scope->wanted && !scope->tried)
			return true;
	}
	return false;
}

/* While the journal is left alone, or, for a command, until a model is asked for. True to stop. */
static bool pause_or_stop(struct lessons_cache *cache)
{
	bool stop;

	pthread_mutex_lock(&cache->lock);
	while (!cache->stop && cache->lessons == NULL && clock_monotonic_us() < cache->retry_us) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&cache->changed, &cache->lock, &until);
	}
	while (cache->settings.once && !cache->stop && cache->lessons != NULL && !has_wanted(cache))
		pthread_cond_wait(&cache->changed, &cache->lock);
	stop = cache->stop;
	pthread_mutex_unlock(&cache->lock);
	return stop;
}

void *lessons_keeper_run(void *context)
{
	struct lessons_cache *cache = context;
	struct error error;
	bool changed;

	do {
		if (!work(cache, &error))
			give_up(cache, &error);
		settle(cache);
	} while (!pause_or_stop(cache));
	if (cache->lessons != NULL)
		write_rows(cache, &changed, &error);
	lessons_close(cache->lessons);
	return NULL;
}
