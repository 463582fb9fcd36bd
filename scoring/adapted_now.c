/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/adapted_now.h"

#include <pthread.h>

#include "base/map.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena *now_arena;
static struct adapted now;
static struct map *by_domain;

static void copy(struct arena *arena, const struct adapted *from, struct adapted *to)
{
	*to = (struct adapted){ .read_until_s = from->read_until_s };
	for (size_t i = 0; i < from->len; i++) {
		struct adapted_destination d = from->items[i];

		d.domain = arena_str(arena, d.domain);
		vec_push(arena, to, d);
	}
}

void adapted_now_set(const struct adapted *adapted)
{
	struct arena *arena = arena_new(), *old;
	struct map *map = map_new(arena, MAP_IGNORE_CASE);
	struct adapted next;

	copy(arena, adapted, &next);
	for (size_t i = 0; i < next.len; i++)
		map_set(map, next.items[i].domain, &next.items[i]);
	pthread_mutex_lock(&lock);
	old = now_arena;
	now_arena = arena;
	now = next;
	by_domain = map;
	pthread_mutex_unlock(&lock);
	if (old != NULL)
		arena_free(old);
}

unsigned adapted_now_steps(struct str domain)
{
	const struct adapted_destination *found;
	unsigned steps = 0;

	pthread_mutex_lock(&lock);
	found = by_domain != NULL ? map_get(by_domain, domain) : NULL;
	if (found != NULL)
		steps = found->steps;
	pthread_mutex_unlock(&lock);
	return steps;
}

void adapted_now_get(struct arena *arena, struct adapted *adapted_r)
{
	pthread_mutex_lock(&lock);
	copy(arena, &now, adapted_r);
	pthread_mutex_unlock(&lock);
}
