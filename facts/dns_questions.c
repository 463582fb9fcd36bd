/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_questions.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/map.h"
#include "base/memory.h"

#define FIRST_LOOK_US 25000

struct continuation {
	struct continuation *next;
	dns_then *then;
	void *context;
};

struct question {
	struct dns_questions *owner;
	struct question *next_arrived;
	struct dns_answer *answer; /* set by the resolver's thread, read once it arrived */
	struct str name;
	enum dns_type type;
	int64_t asked_us;
	struct dns_list *list; /* pinned until the answer comes; NULL: none, or from the cache */
	struct continuation *first, *last; /* not called yet */
	bool arrived;                      /* the owner has seen the answer */
	bool awaited;                      /* with the lock: counted in `missing` */
};

struct dns_questions {
	struct dns *dns;
	const struct dns_list_set *lists; /* NULL: none */
	struct arena *arena;
	struct map *by_name;
	vec_of(struct question *) all;
	struct question *latest; /* many rules ask the same one after the other */
	size_t answered;         /* seen by the owner */
	bool unsent;             /* some are only prepared */
	const struct dns_zone_patience *zones;
	size_t zone_count;

	pthread_mutex_t lock; /* for what is below */
	pthread_cond_t arrival;
	struct question *first_arrived, *last_arrived;
	size_t in_flight; /* a call of wake_up() that is to come counts, too */
	bool ended;
	size_t missing; /* answers that somebody waits for */
	bool urgent;    /* one has arrived that may lead to more questions */
	bool waits;     /* the owner, for an arrival */
	bool for_any;   /* of whatever kind */
	bool wakes;     /* wake_up() is to come */
	struct dns_afterwards wake_up;
};

int64_t dns_patience_ms(struct dns_patience patience, size_t answered, size_t asked)
{
	double share = asked > 0 ? (double)answered / (double)asked : 1;

	if (patience.most_ms <= patience.least_ms)
		return patience.least_ms;
	return patience.least_ms +
	       (int64_t)((double)(patience.most_ms - patience.least_ms) * (1 - share * share));
}

static void discard(struct dns_questions *questions)
{
	for (size_t i = 0; i < questions->all.len; i++)
		dns_answer_unpin(questions->all.items[i]->answer);
	pthread_mutex_destroy(&questions->lock);
	pthread_cond_destroy(&questions->arrival);
	arena_free(questions->arena);
	free(questions);
}

/* With the lock. Most answers are that a list doesn't have a name, which leads to nothing: a
 * message is woken for them when they are the last. */
static bool is_worth_waking(const struct dns_questions *questions)
{
	return questions->urgent || (questions->first_arrived != NULL &&
	                             (questions->for_any || questions->missing == 0));
}

/* On the resolver's thread, once for all answers that came together; takes the place of one of them
 * in the count. */
static void wake_up(struct dns_afterwards *afterwards)
{
	struct dns_questions *questions =
		(struct dns_questions *)((char *)afterwards -
	                                 offsetof(struct dns_questions, wake_up));
	bool rings, last;

	pthread_mutex_lock(&questions->lock);
	questions->wakes = false;
	rings = questions->waits && is_worth_waking(questions);
	pthread_mutex_unlock(&questions->lock);
	/* Without the lock, for which the owner would have to wait once more. */
	if (rings)
		pthread_cond_signal(&questions->arrival);
	pthread_mutex_lock(&questions->lock);
	questions->in_flight--;
	last = questions->ended && questions->in_flight == 0;
	pthread_mutex_unlock(&questions->lock);
	if (last)
		discard(questions);
}

struct dns_questions *dns_questions_new(struct dns *dns)
{
	struct dns_questions *questions = memory_calloc(1, sizeof(*questions));

	questions->dns = dns;
	questions->wake_up.call = wake_up;
	questions->arena = arena_new();
	questions->by_name = map_new(questions->arena, MAP_EXACT);
	pthread_mutex_init(&questions->lock, NULL);
	pthread_cond_init(&questions->arrival, NULL);
	return questions;
}

void dns_questions_use_lists(struct dns_questions *questions, const struct dns_list_set *lists)
{
	questions->lists = lists;
	dns_lists_probe(questions->dns);
}

void dns_questions_send(struct dns_questions *questions)
{
	if (questions->unsent)
		dns_send(questions->dns);
	questions->unsent = false;
}

void dns_questions_free(struct dns_questions *questions)
{
	bool last;

	if (questions == NULL)
		return;
	dns_questions_send(questions);
	pthread_mutex_lock(&questions->lock);
	questions->ended = true;
	last = questions->in_flight == 0;
	pthread_mutex_unlock(&questions->lock);
	/* Else the last answer does it. */
	if (last)
		discard(questions);
}

/* On the resolver's thread, or within dns_ask(). */
static void arrive(void *context, struct dns_answer *answer)
{
	struct question *question = context;
	struct dns_questions *questions = question->owner;
	bool urgent = question->list == NULL || answer->count > 0;
	bool wakes;

	if (question->list != NULL) {
		dns_list_note(question->list, question->type, answer,
		              clock_monotonic_us() - question->asked_us);
		dns_list_unpin(question->list);
		question->list = NULL;
	}
	pthread_mutex_lock(&questions->lock);
	question->answer = answer;
	question->next_arrived = NULL;
	if (questions->last_arrived != NULL)
		questions->last_arrived->next_arrived = question;
	else
		questions->first_arrived = question;
	questions->last_arrived = question;
	questions->urgent = questions->urgent || urgent;
	questions->missing -= question->awaited;
	question->awaited = false;
	wakes = !questions->wakes;
	questions->wakes = true;
	if (!wakes)
		questions->in_flight--;
	pthread_mutex_unlock(&questions->lock);
	if (wakes)
		dns_call_afterwards(questions->dns, &questions->wake_up);
}

/* The type, then the name in lower case without its last dot: what questions are told apart by. */
static struct str key_of(struct str name, enum dns_type type, char *buffer)
{
	unsigned number = (unsigned)type;

	if (name.data[name.len - 1] == '.')
		name.len--;
	buffer[0] = (char)(number >> 8);
	buffer[1] = (char)(number & 0xff);
	for (size_t i = 0; i < name.len; i++)
		buffer[2 + i] = char_lower(name.data[i]);
	return (struct str){ buffer, name.len + 2 };
}

/* Pinned; NULL: the name is in none. */
static struct dns_list *list_of(const struct dns_questions *questions, struct str name)
{
	struct dns_list *list =
		questions->lists != NULL ? dns_list_of(questions->lists, name) : NULL;

	return list != NULL ? dns_list_pin(list) : NULL;
}

static struct question *send_question(struct dns_questions *questions, struct str key,
                                      enum dns_type type, bool awaited)
{
	struct question *question = arena_new_object(questions->arena, struct question);
	struct dns_answer *cached;

	key = arena_str(questions->arena, key);
	question->owner = questions;
	question->name = str_from_offset(key, 2);
	question->type = type;
	question->asked_us = clock_monotonic_us();
	map_set(questions->by_name, key, question);
	vec_push(questions->arena, &questions->all, question);
	pthread_mutex_lock(&questions->lock);
	questions->in_flight++;
	questions->missing += awaited;
	question->awaited = awaited;
	pthread_mutex_unlock(&questions->lock);
	cached = dns_cached(questions->dns, question->name, type);
	if (cached != NULL) {
		arrive(question, cached);
		return question;
	}
	question->list = list_of(questions, question->name);
	questions->unsent = true;
	dns_prepare(questions->dns, question->name, type, arrive, question);
	return question;
}

/* One that has its answer is put on the list once more. */
static void arrive_again(struct question *question)
{
	struct dns_questions *questions = question->owner;

	question->arrived = false;
	questions->answered--;
	pthread_mutex_lock(&questions->lock);
	questions->in_flight++;
	pthread_mutex_unlock(&questions->lock);
	arrive(question, question->answer);
}

/* One that was only asked so that its answer is there. */
static void await(struct question *question)
{
	struct dns_questions *questions = question->owner;

	pthread_mutex_lock(&questions->lock);
	if (!question->awaited && question->answer == NULL) {
		question->awaited = true;
		questions->missing++;
	}
	pthread_mutex_unlock(&questions->lock);
}

static void add_continuation(struct question *question, dns_then *then, void *context)
{
	struct continuation *continuation =
		arena_new_object(question->owner->arena, struct continuation);

	continuation->then = then;
	continuation->context = context;
	if (question->last != NULL)
		question->last->next = continuation;
	else
		question->first = continuation;
	question->last = continuation;
}

/* The question that is there, or a new one; NULL: it can't be asked. */
static struct question *find_question(struct dns_questions *questions, struct str name,
                                      enum dns_type type, bool awaited)
{
	struct question *question = questions->latest;
	char buffer[2 + 256];
	struct str key;

	if (question != NULL && question->type == type && str_eq(question->name, name))
		return question;
	if (!dns_name_valid(name))
		return NULL;
	key = key_of(name, type, buffer);
	question = map_get(questions->by_name, key);
	if (question == NULL && questions->lists != NULL &&
	    !dns_list_may_ask(questions->lists, str_from_offset(key, 2)))
		return NULL;
	if (question == NULL)
		question = send_question(questions, key, type, awaited);
	questions->latest = question;
	return question;
}

bool dns_questions_ask(struct dns_questions *questions, struct str name, enum dns_type type,
                       dns_then *then, void *context)
{
	struct question *question = find_question(questions, name, type, then != NULL);

	if (question == NULL)
		return false;
	if (then == NULL)
		return true;
	if (question->first == NULL && !question->arrived)
		await(question);
	add_continuation(question, then, context);
	if (question->arrived)
		arrive_again(question);
	return true;
}

static bool is_open(const struct question *question)
{
	return !question->arrived && question->first != NULL;
}

static void tell(struct question *question)
{
	struct continuation *next = question->first;

	question->arrived = true;
	question->owner->answered++;
	question->first = question->last = NULL;
	/* Those may ask the same once more. */
	for (; next != NULL; next = next->next)
		next->then(next->context, question->answer);
}

/* Hands out what has arrived, and what arrives meanwhile. */
static bool tell_all(struct dns_questions *questions)
{
	struct question *question, *next;
	bool any = false;

	do {
		pthread_mutex_lock(&questions->lock);
		question = questions->first_arrived;
		questions->first_arrived = questions->last_arrived = NULL;
		questions->urgent = false;
		pthread_mutex_unlock(&questions->lock);
		any = any || question != NULL;
		for (next = question; next != NULL;) {
			struct question *current = next;

			next = current->next_arrived;
			tell(current);
		}
	} while (question != NULL);
	return any;
}

bool dns_questions_open(struct dns_questions *questions)
{
	tell_all(questions);
	for (size_t i = 0; i < questions->all.len; i++)
		if (is_open(questions->all.items[i]))
			return true;
	return false;
}

static struct dns_patience patience_with(const struct question *question,
                                         struct dns_patience patience)
{
	const struct dns_questions *questions = question->owner;
	size_t len = 0;

	for (size_t i = 0; i < questions->zone_count; i++) {
		const struct dns_zone_patience *zone = &questions->zones[i];

		if (zone->zone.len > len && dns_name_is_within(question->name, zone->zone)) {
			patience = zone->patience;
			len = zone->zone.len;
		}
	}
	return patience;
}

void dns_questions_set_zones(struct dns_questions *questions, const struct dns_zone_patience *zones,
                             size_t count)
{
	questions->zones = zones;
	questions->zone_count = count;
}

static void put_off(struct deadline *deadline, const struct question *question, int64_t ms)
{
	int64_t at_us = question->asked_us + 1000 * ms;

	if (at_us > deadline->at_us)
		deadline->at_us = at_us;
}

/* When the last of the open questions times out, and when that would be if all others had been
 * answered; false if none is open. */
static bool patience_ends(const struct dns_questions *questions, struct dns_patience patience,
                          struct deadline *end_r, struct deadline *soonest_r)
{
	size_t count = questions->all.len;
	bool any = false;

	*end_r = *soonest_r = (struct deadline){ 0 };

	for (size_t i = 0; i < questions->all.len; i++) {
		const struct question *question = questions->all.items[i];
		struct dns_patience own;

		if (!is_open(question))
			continue;
		own = patience_with(question, patience);
		put_off(end_r, question, dns_patience_ms(own, questions->answered, count));
		put_off(soonest_r, question, dns_patience_ms(own, count - 1, count));
		any = true;
	}
	return any;
}

/* Waits until something has arrived that is worth waking for; `for_any`: anything. False where
 * nothing has until the deadline. */
static bool wait_for_arrival(struct dns_questions *questions, struct deadline deadline,
                             bool for_any)
{
	bool arrived, waits = true;

	pthread_mutex_lock(&questions->lock);
	questions->waits = true;
	questions->for_any = for_any;
	while (!is_worth_waking(questions) && waits)
		waits = condition_wait(&questions->arrival, &questions->lock, deadline);
	questions->waits = false;
	arrived = questions->first_arrived != NULL;
	pthread_mutex_unlock(&questions->lock);
	return arrived;
}

void dns_questions_run(struct dns_questions *questions, struct dns_patience patience,
                       struct deadline deadline)
{
	dns_questions_run_until(questions, patience, deadline, NULL, NULL);
}

/* Nobody rings when that has come: looks for it with the first answer, after a while, and then
 * after half as long again. */
static struct deadline next_look(int64_t begin_us)
{
	int64_t waited_us = clock_monotonic_us() - begin_us;
	int64_t pause_us = waited_us / 2 > FIRST_LOOK_US ? waited_us / 2 : FIRST_LOOK_US;

	return (struct deadline){ begin_us + waited_us + pause_us };
}

void dns_questions_run_until(struct dns_questions *questions, struct dns_patience patience,
                             struct deadline deadline, dns_has_come *has_come, const void *context)
{
	int64_t begin_us = clock_monotonic_us();
	struct deadline end, soonest, until;
	bool any_came = false;

	for (;;) {
		bool for_any;

		tell_all(questions);
		dns_questions_send(questions);
		if (!patience_ends(questions, patience, &end, &soonest) ||
		    (has_come != NULL && has_come(context)))
			return;
		/* From then on, each answer may be what ends the patience. */
		for_any = deadline_passed(soonest);
		end = deadline_earlier(end, deadline);
		until = for_any ? end : deadline_earlier(end, soonest);
		if (has_come != NULL) {
			until = deadline_earlier(until, next_look(begin_us));
			/* What is waited for was mostly asked before, of the same server. */
			for_any = for_any || !any_came;
		}
		if (wait_for_arrival(questions, until, for_any))
			any_came = true;
		else if (deadline_passed(end))
			return;
	}
}

void dns_questions_late(struct dns_questions *questions, struct arena *arena,
                        struct str_list *late_r)
{
	*late_r = (struct str_list){ 0 };
	for (size_t i = 0; i < questions->all.len; i++) {
		const struct question *question = questions->all.items[i];

		if (is_open(question))
			vec_push(arena, late_r,
			         arena_printf(arena, "%.*s %s", STR_FMT(question->name),
			                      dns_type_name(question->type)));
	}
}

size_t dns_questions_count(const struct dns_questions *questions)
{
	return questions->all.len;
}
