/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/link_asks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/control_request.h"
#include "milter/in_flight.h"
#include "milter/link_act.h"

#define WAITING_MAX 32

struct link_ask {
	struct link_ask *next;
	char link[CONTROL_LINK_MAX + 1];
	struct arena *given; /* of the message */
	struct str message;
	bool dropped;
	struct arena *arena; /* of the answer; NULL: it wasn't done yet */
	struct act_answer answer;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct link_ask *queue;
static size_t waiting;

static void free_ask(struct link_ask *ask)
{
	arena_free(ask->given);
	arena_free(ask->arena);
	free(ask);
}

struct link_ask *link_asks_add(const char *link, struct str message)
{
	struct link_ask *ask = memory_calloc(1, sizeof(*ask)), **end = &queue;
	bool room;

	memcpy(ask->link, link, strlen(link) + 1);
	ask->given = arena_new();
	ask->message = arena_str(ask->given, message);
	pthread_mutex_lock(&lock);
	room = waiting < WAITING_MAX;
	while (*end != NULL)
		end = &(*end)->next;
	if (room) {
		*end = ask;
		waiting++;
		pthread_cond_signal(&work);
	}
	pthread_mutex_unlock(&lock);
	if (room)
		return ask;
	free_ask(ask);
	return NULL;
}

bool link_asks_done(struct link_ask *ask, struct arena *arena, struct act_answer *answer_r)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = ask->arena != NULL;
	pthread_mutex_unlock(&lock);
	if (done)
		*answer_r =
			(struct act_answer){ ask->answer.done, arena_str(arena, ask->answer.text) };
	return done;
}

void link_asks_drop(struct link_ask *ask)
{
	bool done;

	if (ask == NULL)
		return;
	pthread_mutex_lock(&lock);
	ask->dropped = true;
	done = ask->arena != NULL;
	pthread_mutex_unlock(&lock);
	if (done)
		free_ask(ask);
}

static struct link_ask *take(void)
{
	struct link_ask *ask;

	pthread_mutex_lock(&lock);
	while (queue == NULL)
		pthread_cond_wait(&work, &lock);
	ask = queue;
	queue = ask->next;
	waiting--;
	pthread_mutex_unlock(&lock);
	return ask;
}

static void finish(struct link_ask *ask, struct arena *arena)
{
	bool dropped;

	pthread_mutex_lock(&lock);
	ask->arena = arena;
	dropped = ask->dropped;
	pthread_mutex_unlock(&lock);
	if (dropped)
		free_ask(ask);
}

/* What is under way when the process ends is waited for as messages are. */
static void *run(void *context)
{
	const struct service *service = context;

	for (;;) {
		struct link_ask *ask = take();
		struct arena *arena = arena_new();
		const struct policy *policy;

		in_flight_enter();
		policy = policy_pin(service->slot);
		link_act_do(arena, policy, service->lessons,
		            &(struct link_asked){ str_from(ask->link), ask->message },
		            &ask->answer);
		policy_unpin(service->slot, policy);
		in_flight_leave();
		finish(ask, arena);
	}
	return NULL;
}

bool link_asks_start(const struct service *service, struct error *err_r)
{
	pthread_t thread;
	int failure = pthread_create(&thread, NULL, run, (void *)(uintptr_t)service);

	if (failure != 0)
		return error_set(err_r, "can't start the thread of links: %s", strerror(failure));
	pthread_detach(thread);
	return true;
}
