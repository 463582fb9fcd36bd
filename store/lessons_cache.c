/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lessons_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "store/lessons_cache_private.h"
#include "store/lessons_scope.h"

struct lessons_cache *lessons_cache_start(const struct lessons_cache_settings *settings,
                                          struct error *err_r)
{
	struct lessons_cache *cache = memory_calloc(1, sizeof(*cache));
	pthread_condattr_t attributes;
	int failure;

	cache->settings = *settings;
	cache->arena = arena_new();
	cache->scopes = map_new(cache->arena, MAP_EXACT);
	cache->end = &cache->first;
	pthread_mutex_init(&cache->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&cache->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	lessons_cache_add(cache, LESSONS_SITE)->wanted = true;
	failure = pthread_create(&cache->thread, NULL, lessons_keeper_run, cache);
	if (failure == 0)
		return cache;
	error_set(err_r, "can't start the thread of what is learned: %s", strerror(failure));
	pthread_mutex_destroy(&cache->lock);
	pthread_cond_destroy(&cache->changed);
	arena_free(cache->arena);
	free(cache);
	return NULL;
}

void lessons_cache_stop(struct lessons_cache *cache)
{
	if (cache == NULL)
		return;
	pthread_mutex_lock(&cache->lock);
	cache->stop = true;
	pthread_cond_broadcast(&cache->changed);
	pthread_mutex_unlock(&cache->lock);
	pthread_join(cache->thread, NULL);
	for (size_t i = 0; i < map_len(cache->scopes); i++) {
		struct cached_scope *scope = map_at(cache->scopes, i, &(struct str){ 0 });

		lessons_cache_release(scope->held);
	}
	while (cache->first != NULL) {
		struct waiting_row *row = cache->first;

		cache->first = row->next;
		arena_free(row->arena);
	}
	pthread_mutex_destroy(&cache->lock);
	pthread_cond_destroy(&cache->changed);
	arena_free(cache->arena);
	free(cache);
}

void lessons_cache_settle(struct lessons_cache *cache, struct deadline deadline)
{
	pthread_mutex_lock(&cache->lock);
	while (!cache->settled && !deadline_passed(deadline)) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += (time_t)(deadline_left_ms(deadline) / 1000);
		until.tv_nsec += (long)(deadline_left_ms(deadline) % 1000) * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&cache->changed, &cache->lock, &until);
	}
	pthread_mutex_unlock(&cache->lock);
}

void lessons_cache_release(struct lessons_held *held)
{
	if (held == NULL || --held->pins > 0)
		return;
	model_free(held->model);
	free(held);
}

struct cached_scope *lessons_cache_find(struct lessons_cache *cache, const char *name)
{
	return map_get(cache->scopes, str_from(name));
}

struct cached_scope *lessons_cache_add(struct lessons_cache *cache, const char *name)
{
	struct cached_scope *scope = arena_new_object(cache->arena, struct cached_scope);
	struct str copy = arena_str(cache->arena, str_from(name));

	scope->name = copy.data;
	map_set(cache->scopes, copy, scope);
	cache->has_narrower = cache->has_narrower || copy.len > 0;
	return scope;
}

/* The scopes' names of all recipients; empty where they are not the same. */
struct shared_names {
	struct str address;
	struct str domain;
};

static struct shared_names shared_names(struct arena *arena, struct str delimiters,
                                        const struct envelope_recipients *recipients)
{
	struct shared_names shared = { STR(""), STR("") };

	for (size_t i = 0; i < recipients->len; i++) {
		struct str name, domain;

		if (!lessons_scope_name(arena, recipients->items[i].address, delimiters, &name))
			return (struct shared_names){ STR(""), STR("") };
		domain = lessons_scope_domain(name);
		if (i == 0)
			shared = (struct shared_names){ name, domain };
		if (!str_eq(shared.address, name))
			shared.address = STR("");
		if (!str_eq(shared.domain, domain))
			return (struct shared_names){ STR(""), STR("") };
	}
	return shared;
}

/* Takes a model of a scope that is known; asks for it where it isn't loaded. */
static struct lessons_held *hold(struct lessons_cache *cache, struct cached_scope *scope)
{
	if (scope == NULL)
		return NULL;
	scope->used_us = clock_monotonic_us();
	if (scope->held == NULL && !scope->wanted) {
		scope->wanted = true;
		pthread_cond_broadcast(&cache->changed);
	}
	while (cache->settings.once && !scope->tried)
		pthread_cond_wait(&cache->changed, &cache->lock);
	if (scope->held != NULL)
		scope->held->pins++;
	return scope->held;
}

static struct cached_scope *find_narrower(struct lessons_cache *cache,
                                          const struct shared_names *names)
{
	struct cached_scope *scope = NULL;

	if (names->address.len > 0)
		scope = map_get(cache->scopes, names->address);
	if (scope == NULL && names->domain.len > 0)
		scope = map_get(cache->scopes, names->domain);
	return scope;
}

bool lessons_cache_pin(struct lessons_cache *cache, const struct envelope_recipients *recipients,
                       struct lessons_pin *pin_r)
{
	struct arena *arena = NULL;
	struct shared_names names = { STR(""), STR("") };
	bool has_key;

	*pin_r = (struct lessons_pin){ .held = { NULL } };
	if (cache == NULL)
		return false;
	pthread_mutex_lock(&cache->lock);
	if (cache->has_narrower && recipients->len > 0) {
		pthread_mutex_unlock(&cache->lock);
		arena = arena_new();
		names = shared_names(arena, cache->settings.delimiters, recipients);
		pthread_mutex_lock(&cache->lock);
	}
	pin_r->held[0] = hold(cache, lessons_cache_find(cache, LESSONS_SITE));
	pin_r->held[1] = hold(cache, find_narrower(cache, &names));
	has_key = cache->has_key;
	pin_r->key = cache->key;
	pin_r->taught = cache->taught;
	pin_r->has_taught = cache->has_taught;
	pthread_mutex_unlock(&cache->lock);
	arena_free(arena);
	pin_r->models = (struct learned_models){
		.site = pin_r->held[0] != NULL ? pin_r->held[0]->model : NULL,
		.narrower = pin_r->held[1] != NULL ? pin_r->held[1]->model : NULL,
		.key = &pin_r->key,
	};
	return has_key;
}

void lessons_cache_unpin(struct lessons_cache *cache, struct lessons_pin *pin)
{
	if (cache == NULL)
		return;
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < 2; i++)
		lessons_cache_release(pin->held[i]);
	pthread_mutex_unlock(&cache->lock);
	*pin = (struct lessons_pin){ .held = { NULL } };
}

void lessons_cache_note(struct lessons_cache *cache, const char *scope,
                        const struct lesson_row *row)
{
	if (scope[0] != '\0')
		return;
	if (row->label == LEARN_SPAM)
		cache->taught.all.spam++;
	else
		cache->taught.all.ham++;
}

bool lessons_cache_submit(struct lessons_cache *cache, const char *scope,
                          const struct lesson_row *row)
{
	struct arena *arena = arena_new();
	struct waiting_row *waiting = arena_new_object(arena, struct waiting_row);
	bool ok;

	waiting->arena = arena;
	waiting->scope = arena_cstr(arena, str_from(scope));
	waiting->row = *row;
	waiting->row.features = arena_str(arena, row->features);
	pthread_mutex_lock(&cache->lock);
	ok = cache->waiting < WAITING_MAX;
	if (ok) {
		*cache->end = waiting;
		cache->end = &waiting->next;
		cache->waiting++;
		lessons_cache_note(cache, scope, row);
		pthread_cond_broadcast(&cache->changed);
	}
	pthread_mutex_unlock(&cache->lock);
	if (!ok)
		arena_free(arena);
	return ok;
}

void lessons_cache_tell(struct lessons_cache *cache, struct lessons_cache_report *report_r)
{
	*report_r = (struct lessons_cache_report){ 0 };
	pthread_mutex_lock(&cache->lock);
	report_r->works = cache->trouble[0] == '\0';
	snprintf(report_r->trouble, sizeof(report_r->trouble), "%s", cache->trouble);
	report_r->has_taught = cache->has_taught;
	report_r->taught = cache->taught.all;
	for (size_t i = 0; i < map_len(cache->scopes); i++) {
		const struct cached_scope *scope = map_at(cache->scopes, i, &(struct str){ 0 });

		report_r->models += scope->held != NULL;
	}
	report_r->waiting = cache->waiting;
	pthread_mutex_unlock(&cache->lock);
}
