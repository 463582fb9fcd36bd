/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/stall.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"

/* Threads that are named where one stands still. */
#define NAMED_MAX 20

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stall_slot *slots;

static void set(struct stall_slot *slot, const char *what, int64_t most_ms)
{
	atomic_store_explicit(&slot->most_us, most_ms * 1000, memory_order_relaxed);
	atomic_store_explicit(&slot->since_us, clock_monotonic_us(), memory_order_relaxed);
	atomic_store_explicit(&slot->what, what, memory_order_relaxed);
	atomic_store_explicit(&slot->told, false, memory_order_relaxed);
}

void stall_begin(struct stall_slot *slot, const char *what, int64_t most_ms, const char *id)
{
	snprintf(slot->id, sizeof(slot->id), "%s", id != NULL ? id : "");
	slot->thread = gettid();
	set(slot, what, most_ms);
	pthread_mutex_lock(&lock);
	slot->next = slots;
	slot->link = &slots;
	if (slots != NULL)
		slots->link = &slot->next;
	slots = slot;
	pthread_mutex_unlock(&lock);
}

void stall_step(struct stall_slot *slot, const char *what, int64_t most_ms)
{
	set(slot, what, most_ms);
}

void stall_end(struct stall_slot *slot)
{
	pthread_mutex_lock(&lock);
	*slot->link = slot->next;
	if (slot->next != NULL)
		slot->next->link = slot->link;
	pthread_mutex_unlock(&lock);
}

/* A line of text for each thread; at most so many. */
struct lines {
	size_t count, others;
	char text[NAMED_MAX][200];
};

static void add(struct lines *lines, const struct stall_slot *slot, int64_t took_us)
{
	if (lines->count == NAMED_MAX) {
		lines->others++;
		return;
	}
	snprintf(lines->text[lines->count++], sizeof(lines->text[0]),
	         "%s%s%s for %" PRId64 " s, which may take %" PRId64 " s (thread %d)",
	         slot->id[0] != '\0' ? slot->id : "", slot->id[0] != '\0' ? " " : "",
	         atomic_load_explicit(&slot->what, memory_order_relaxed), took_us / 1000000,
	         atomic_load_explicit(&slot->most_us, memory_order_relaxed) / 1000000,
	         (int)slot->thread);
}

static void log_lines(const char *before, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		log_error(NULL, "%s%s", before, lines->text[i]);
	if (lines->others > 0)
		log_error(NULL, "%s%zu more", before, lines->others);
}

size_t stall_check(void)
{
	static struct log_limit limit = { .interval_us = INT64_C(60) * 1000000 };
	/* For the one thread that checks; nothing is taken from memory in a bad hour. */
	static struct lines still, others;
	int64_t now = clock_monotonic_us();
	size_t count = 0;
	bool is_new = false;
	unsigned left_out;

	still.count = still.others = others.count = others.others = 0;
	pthread_mutex_lock(&lock);
	for (struct stall_slot *slot = slots; slot != NULL; slot = slot->next) {
		int64_t took = now - atomic_load_explicit(&slot->since_us, memory_order_relaxed);

		if (took <= atomic_load_explicit(&slot->most_us, memory_order_relaxed)) {
			add(&others, slot, took);
			continue;
		}
		count++;
		is_new = !atomic_exchange_explicit(&slot->told, true, memory_order_relaxed) ||
		         is_new;
		add(&still, slot, took);
	}
	pthread_mutex_unlock(&lock);
	if (is_new && log_limit_pass(&limit, &left_out)) {
		log_lines("watchdog: a thread stands still: ", &still);
		log_lines("watchdog: beside it: ", &others);
	}
	return count;
}
