/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/antivirus.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/semaphore.h"
#include "base/trouble.h"
#include "facts/antivirus_health.h"

/* Connections at a time; clamd itself scans ten messages at once as it is shipped. */
#define CONNECTIONS 64
/* How long it may take to say that it lives. */
#define PING_MS 1000
/* What clamd says is cut here. */
#define WHY_MAX 200

struct antivirus_scan {
	struct arena *arena;
	const struct antivirus_settings *settings;
	struct str text;
	struct clamd *clamd; /* NULL: not asked yet, or not at all */
	struct semaphore_permit permit;
	enum antivirus_permission permission;
	struct antivirus_result result;
};

static struct trouble service_trouble = {
	.name = "antivirus",
	.over = "the virus scanner answers again",
};
static struct trouble message_trouble = {
	.name = "antivirus-message",
	.over = "the virus scanner scans all messages again",
	.by_itself = true,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct antivirus_health health;
static struct clamd_address known_address; /* of whom `health` tells */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct semaphore *connections;

static _Atomic uint64_t scans[ANTIVIRUS_STATE_COUNT];
static _Atomic int64_t waited_us;

static void make_connections(void)
{
	connections = semaphore_new(CONNECTIONS);
}

static enum antivirus_permission may_ask(const struct clamd_address *address)
{
	enum antivirus_permission permission;

	pthread_mutex_lock(&lock);
	if (memcmp(&known_address, address, sizeof(known_address)) != 0) {
		known_address = *address;
		health = (struct antivirus_health){ 0 };
	}
	permission = antivirus_health_may_ask(&health, clock_monotonic_us());
	pthread_mutex_unlock(&lock);
	return permission;
}

static void tell_works(void)
{
	pthread_mutex_lock(&lock);
	antivirus_health_works(&health);
	pthread_mutex_unlock(&lock);
	trouble_end(&service_trouble);
}

static void tell_failed(const struct antivirus_scan *scan, bool dead)
{
	pthread_mutex_lock(&lock);
	antivirus_health_failed(&health, clock_monotonic_us(),
	                        scan->permission == ANTIVIRUS_MAY_TRY, dead);
	pthread_mutex_unlock(&lock);
	trouble_begin(&service_trouble, NULL,
	              "the virus scanner %.*s; mail is delivered without it, look after clamd",
	              STR_FMT(scan->result.why));
}

static void set_result(struct antivirus_scan *scan, enum antivirus_state state, struct str why)
{
	scan->result = (struct antivirus_result){ .state = state, .why = why };
}

static void ask(struct antivirus_scan *scan, struct deadline deadline)
{
	if (!semaphore_acquire(&scan->permit, connections, deadline))
		return;
	scan->clamd = clamd_begin(scan->arena, &scan->settings->address, scan->text);
}

struct antivirus_scan *antivirus_begin(struct arena *arena,
                                       const struct antivirus_settings *settings, struct str text)
{
	struct antivirus_scan *scan = arena_new_object(arena, struct antivirus_scan);

	pthread_once(&once, make_connections);
	scan->arena = arena;
	scan->settings = settings;
	scan->text = text;
	scan->permission = may_ask(&settings->address);
	if (scan->permission == ANTIVIRUS_MAY_ASK)
		ask(scan, deadline_in_ms(0));
	return scan;
}

bool antivirus_is_done(struct antivirus_scan *scan)
{
	if (scan->permission == ANTIVIRUS_IS_DEAD)
		return true;
	return scan->clamd != NULL && clamd_await(scan->clamd, deadline_in_ms(0));
}

/* Alive, so it is this message, or there are too many. */
static void judge_slow(struct antivirus_scan *scan)
{
	if (scan->clamd == NULL ||
	    clamd_answers(&scan->settings->address, deadline_in_ms(PING_MS))) {
		set_result(scan, ANTIVIRUS_SLOW, STR("did not answer in time"));
		trouble_count(&message_trouble, NULL,
		              "the virus scanner lives, but did not answer in time; mail is "
		              "delivered without it, raise antivirus_timeout or look at its load");
		if (scan->permission == ANTIVIRUS_MAY_TRY)
			tell_works();
		return;
	}
	set_result(scan, ANTIVIRUS_SLOW, STR("does not answer"));
	tell_failed(scan, true);
}

static void judge_answer(struct antivirus_scan *scan)
{
	const struct clamd_reply *reply = &scan->clamd->reply;

	tell_works();
	if (reply->outcome == CLAMD_ERROR) {
		set_result(scan, ANTIVIRUS_ERROR,
		           arena_printf(scan->arena, "said: %.*s",
		                        STR_FMT(str_prefix(reply->text, WHY_MAX))));
		trouble_count(
			&message_trouble, NULL,
			"the virus scanner %.*s; the message is delivered without it, look at "
			"StreamMaxLength and its log",
			STR_FMT(scan->result.why));
		return;
	}
	scan->result.state = reply->outcome == CLAMD_FOUND ? ANTIVIRUS_INFECTED : ANTIVIRUS_CLEAN;
	if (reply->outcome == CLAMD_FOUND)
		scan->result.signature = reply->text;
}

static void judge(struct antivirus_scan *scan)
{
	char text[128];

	switch (scan->clamd->state) {
	case CLAMD_TALKS:
		judge_slow(scan);
		return;
	case CLAMD_ANSWERED:
		judge_answer(scan);
		return;
	case CLAMD_AWAY:
		set_result(scan, ANTIVIRUS_AWAY,
		           arena_printf(scan->arena, "is away (%s)",
		                        strerror_r(scan->clamd->error, text, sizeof(text))));
		break;
	case CLAMD_HUNG_UP:
		set_result(scan, ANTIVIRUS_AWAY, STR("hung up without an answer"));
		break;
	case CLAMD_LIES:
		set_result(scan, ANTIVIRUS_NONSENSE, STR("answers what no clamd does"));
		break;
	}
	tell_failed(scan, false);
}

/* What was found dead says first that it lives, which takes less time to find out. */
static void try_again(struct antivirus_scan *scan, struct deadline deadline)
{
	struct deadline soon = deadline_earlier(deadline, deadline_in_ms(PING_MS));

	if (clamd_answers(&scan->settings->address, soon)) {
		ask(scan, deadline);
		return;
	}
	set_result(scan, ANTIVIRUS_AWAY, STR("does not answer"));
	tell_failed(scan, true);
	scan->permission = ANTIVIRUS_IS_DEAD;
}

const struct antivirus_result *antivirus_finish(struct antivirus_scan *scan,
                                                struct deadline deadline)
{
	int64_t started = clock_monotonic_us();

	deadline = deadline_earlier(deadline, deadline_in_ms(scan->settings->timeout_ms));
	set_result(scan, ANTIVIRUS_PAUSED, STR("is not asked now, as it did not answer before"));
	if (scan->permission == ANTIVIRUS_MAY_TRY)
		try_again(scan, deadline);
	else if (scan->permission == ANTIVIRUS_MAY_ASK && scan->clamd == NULL)
		ask(scan, deadline);
	if (scan->clamd != NULL) {
		clamd_await(scan->clamd, deadline);
		judge(scan);
		clamd_end(scan->clamd);
	} else if (scan->permission != ANTIVIRUS_IS_DEAD) {
		judge_slow(scan);
	}
	semaphore_release(&scan->permit);
	atomic_fetch_add_explicit(&scans[scan->result.state], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&waited_us, clock_monotonic_us() - started, memory_order_relaxed);
	return &scan->result;
}

void antivirus_count(struct antivirus_counts *counts_r)
{
	for (size_t i = 0; i < ANTIVIRUS_STATE_COUNT; i++)
		counts_r->scans[i] = atomic_load_explicit(&scans[i], memory_order_relaxed);
	counts_r->waited_us = atomic_load_explicit(&waited_us, memory_order_relaxed);
	pthread_mutex_lock(&lock);
	counts_r->dead = health.pause_us > 0;
	pthread_mutex_unlock(&lock);
}
