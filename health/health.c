/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "health/health.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"
#include "forward/address.h"

/* Beyond them, the older half is forgotten, and a message that is tried again counts again. */
#define REMEMBERED_MAX   200000
#define DESTINATIONS_MAX 10000
#define WAITING_MAX      50000
/* Calls of health_settle() that a delivery waits for its record. */
#define PATIENCE 6

/* A forward, by "QUEUEID" and address. */
struct forward {
	const struct forward *next; /* of the same queue id */
	struct str destination;     /* folded; empty: any external one */
	int32_t score;
};

struct alias {
	struct str front;
};

/* What a message has counted for already. */
struct seen {
	bool accepted, deferred, disliked;
	bool refused[RECEIVER_CLASSES], delayed[RECEIVER_CLASSES];
};

/* What is remembered of messages; the older one of two is only asked. */
struct memory {
	struct arena *arena;
	struct map *forwards, *aliases, *seen;
};

struct waiting {
	struct delivery delivery;
	enum receiver_class class;
	unsigned calls;
};

struct health {
	struct arena *arena;
	const struct receivers *receivers;
	struct memory now, before;
	struct map *destinations;
	struct arena *waiting_arena;
	vec_of(struct waiting) waiting;
	uint64_t odd;
	int64_t newest_s;
};

static struct memory memory_new(void)
{
	struct memory memory = { .arena = arena_new() };

	memory.forwards = map_new(memory.arena, MAP_EXACT);
	memory.aliases = map_new(memory.arena, MAP_EXACT);
	memory.seen = map_new(memory.arena, MAP_EXACT);
	return memory;
}

static void memory_turn(struct health *health)
{
	size_t count = map_len(health->now.forwards) + map_len(health->now.aliases) +
	               map_len(health->now.seen);

	if (count < REMEMBERED_MAX / 2)
		return;
	arena_free(health->before.arena);
	health->before = health->now;
	health->now = memory_new();
}

struct health *health_new(const struct receivers *receivers)
{
	struct health *health = memory_calloc(1, sizeof(*health));

	health->arena = arena_new();
	health->receivers = receivers;
	health->now = memory_new();
	health->before = memory_new();
	health->destinations = map_new(health->arena, MAP_EXACT);
	health->waiting_arena = arena_new();
	return health;
}

void health_free(struct health *health)
{
	if (health == NULL)
		return;
	arena_free(health->now.arena);
	arena_free(health->before.arena);
	arena_free(health->waiting_arena);
	arena_free(health->arena);
	free(health);
}

static struct str folded(struct arena *arena, const char *address)
{
	struct str text = arena_str(arena, str_from(address));
	ptrdiff_t at = str_rfind_char(text, '@');

	if (at < 0)
		return text;
	return arena_printf(arena, "%.*s@%.*s", (int)at, text.data,
	                    STR_FMT(address_domain(arena, text)));
}

void health_add_record(struct health *health, const struct record *record)
{
	struct arena *arena = health->now.arena;
	struct forward *forward;
	struct str id;

	if ((record->kind != RECORD_FORWARDED && record->kind != RECORD_OBSERVED) ||
	    record->queue_id[0] == '\0')
		return;
	memory_turn(health);
	arena = health->now.arena;
	id = arena_str(arena, str_from(record->queue_id));
	forward = arena_new_object(arena, struct forward);
	forward->next = map_get(health->now.forwards, id);
	forward->destination = folded(arena, record->destination);
	forward->score = record->score;
	map_set(health->now.forwards, id, forward);
}

static struct health_destination *destination_of(struct health *health, struct str address)
{
	struct str domain = str_from_offset(address, (size_t)str_rfind_char(address, '@') + 1);
	struct health_destination *found = map_get(health->destinations, domain);

	if (found != NULL || map_len(health->destinations) >= DESTINATIONS_MAX)
		return found;
	found = arena_new_object(health->arena, struct health_destination);
	found->domain = arena_str(health->arena, domain);
	map_set(health->destinations, found->domain, found);
	return found;
}

static const struct forward *find_in(const struct memory *memory, struct str id, struct str address)
{
	const struct forward *forward = map_get(memory->forwards, id);

	while (forward != NULL && forward->destination.len > 0 &&
	       !str_eq_ci(forward->destination, address))
		forward = forward->next;
	return forward;
}

static struct str front_id(const struct health *health, struct str id)
{
	const struct alias *alias = map_get(health->now.aliases, id);

	if (alias == NULL)
		alias = map_get(health->before.aliases, id);
	return alias != NULL ? alias->front : id;
}

static const struct forward *find_forward(const struct health *health, struct str id,
                                          struct str address)
{
	/* What was released has its record by the hop's own id. */
	const struct str ids[] = { front_id(health, id), id };
	const struct forward *forward = NULL;

	for (size_t i = 0; i < 2 && forward == NULL; i++) {
		forward = find_in(&health->now, ids[i], address);
		if (forward == NULL)
			forward = find_in(&health->before, ids[i], address);
	}
	return forward;
}

static struct seen *seen_of(struct health *health, struct str front, struct str address)
{
	struct arena *arena = health->now.arena;
	struct str key = arena_printf(arena, "%.*s %.*s", STR_FMT(front), STR_FMT(address));
	struct seen *seen = map_get(health->now.seen, key), *older;

	if (seen != NULL)
		return seen;
	seen = arena_new_object(arena, struct seen);
	older = map_get(health->before.seen, key);
	if (older != NULL)
		*seen = *older;
	map_set(health->now.seen, key, seen);
	return seen;
}

static void count_once(bool *seen, uint64_t *count)
{
	*count += !*seen;
	*seen = true;
}

static void count_score(struct health_destination *destination, int32_t score)
{
	if (destination->scores == 0 || score < destination->lowest)
		destination->lowest = score;
	if (destination->scores == 0 || score > destination->highest)
		destination->highest = score;
	destination->scores++;
	destination->score_sum += score;
}

static void count_forward(struct health_destination *destination, struct seen *seen,
                          const struct waiting *waiting, const struct forward *forward)
{
	struct health_counts *counts = &destination->counts;
	enum delivery_result result = waiting->delivery.result;
	bool known = seen->accepted || seen->deferred;

	for (size_t i = 0; i < RECEIVER_CLASSES; i++)
		known = known || seen->refused[i];
	counts->forwards += !known;
	if (result == DELIVERY_ACCEPTED)
		count_once(&seen->accepted, &counts->accepted);
	else if (result == DELIVERY_REFUSED)
		count_once(&seen->refused[waiting->class], &counts->refused[waiting->class]);
	else
		count_once(&seen->delayed[waiting->class], &counts->delayed[waiting->class]);
	if (result == DELIVERY_DEFERRED)
		count_once(&seen->deferred, &counts->deferred);
	if (result != DELIVERY_ACCEPTED && waiting->class == RECEIVER_SPAM) {
		if (!seen->disliked)
			count_score(destination, forward->score);
		count_once(&seen->disliked, &counts->disliked);
	}
	if (waiting->delivery.time_s > destination->last_s)
		destination->last_s = waiting->delivery.time_s;
}

/* True where each recipient has counted. */
static bool settle_one(struct health *health, struct waiting *waiting, bool last)
{
	const struct delivery *delivery = &waiting->delivery;
	struct str front = front_id(health, delivery->queue_id);
	bool wait = !last && waiting->calls++ < PATIENCE;
	const struct str *address;

	vec_foreach (&delivery->to, address)
		if (wait && find_forward(health, delivery->queue_id, *address) == NULL)
			return false;
	vec_foreach (&delivery->to, address) {
		const struct forward *forward = find_forward(health, delivery->queue_id, *address);
		struct health_destination *destination = destination_of(health, *address);

		if (destination == NULL)
			continue;
		if (forward == NULL)
			destination->others++;
		else
			count_forward(destination, seen_of(health, front, *address), waiting,
			              forward);
	}
	return true;
}

void health_settle(struct health *health, bool last)
{
	struct arena *arena = arena_new(), *old = health->waiting_arena;
	vec_of(struct waiting) left = { 0 };

	memory_turn(health);
	for (size_t i = 0; i < health->waiting.len; i++) {
		struct waiting waiting = health->waiting.items[i];
		struct delivery *delivery = &waiting.delivery;
		struct str_list to = { 0 };

		if (settle_one(health, &waiting, last || health->waiting.len > WAITING_MAX))
			continue;
		delivery->queue_id = arena_str(arena, delivery->queue_id);
		for (size_t k = 0; k < delivery->to.len; k++)
			vec_push(arena, &to, arena_str(arena, delivery->to.items[k]));
		delivery->to = to;
		vec_push(arena, &left, waiting);
	}
	health->waiting_arena = arena;
	health->waiting.items = left.items;
	health->waiting.len = left.len;
	health->waiting.cap = left.cap;
	arena_free(old);
}

static void add_alias(struct health *health, struct str front, struct str hop)
{
	struct arena *arena;
	struct alias *alias;

	memory_turn(health);
	arena = health->now.arena;
	alias = arena_new_object(arena, struct alias);
	alias->front = arena_str(arena, front);
	map_set(health->now.aliases, arena_str(arena, hop), alias);
}

static void add_delivery(struct health *health, const struct delivery *delivery)
{
	struct waiting waiting = { .delivery = *delivery };
	struct arena *arena = health->waiting_arena;

	waiting.class = receivers_classify(arena, health->receivers, delivery);
	waiting.delivery.queue_id = arena_str(arena, delivery->queue_id);
	/* The reply has been judged. */
	waiting.delivery.code = waiting.delivery.enhanced = waiting.delivery.text = STR("");
	waiting.delivery.next_id = STR("");
	vec_push(arena, &health->waiting, waiting);
	if (health->waiting.len > WAITING_MAX)
		health_settle(health, false);
}

void health_add_line(struct health *health, struct str line, int64_t since_s, int64_t now_s)
{
	struct arena *arena = arena_new();
	struct delivery delivery;
	enum delivery_line kind = delivery_read(arena, line, now_s, &delivery);

	if (kind != DELIVERY_NONE && delivery.time_s < since_s)
		kind = DELIVERY_NONE;
	if (kind != DELIVERY_NONE && delivery.time_s > health->newest_s)
		health->newest_s = delivery.time_s;
	health->odd += kind == DELIVERY_ODD;
	if ((kind == DELIVERY_HOP || kind == DELIVERY_FOUND) && delivery.next_id.len > 0) {
		add_alias(health, delivery.queue_id, delivery.next_id);
	} else if (kind == DELIVERY_FOUND) {
		struct str_list to = { 0 };

		for (size_t i = 0; i < delivery.to.len; i++)
			vec_push(health->waiting_arena, &to,
			         arena_str(health->waiting_arena, delivery.to.items[i]));
		delivery.to = to;
		add_delivery(health, &delivery);
	}
	arena_free(arena);
}

const struct health_destination *health_destination(const struct health *health, size_t i)
{
	struct str unused;

	return i < map_len(health->destinations) ? map_at(health->destinations, i, &unused) : NULL;
}

uint64_t health_odd_lines(const struct health *health)
{
	return health->odd;
}

int64_t health_newest_s(const struct health *health)
{
	return health->newest_s;
}
