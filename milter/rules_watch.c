/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/rules_watch.h"

#include <math.h>
#include <pthread.h>

#include "base/deadline.h"

/* Beyond it, what was counted before counts half. */
#define MESSAGES_MAX 100000
/* How many standard deviations chance is allowed: it is looked at again and again, and mail comes
 * in waves. */
#define DEVIATIONS 3.3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rules_watch_counts before, since;
static bool watching;
static struct deadline end;

static void halve(struct rules_watch_counts *counts)
{
	if (counts->messages <= MESSAGES_MAX)
		return;
	counts->messages /= 2;
	counts->tagged /= 2;
	counts->dropped /= 2;
}

void rules_watch_count(bool tagged, bool dropped)
{
	struct rules_watch_counts *counts;

	pthread_mutex_lock(&lock);
	counts = watching ? &since : &before;
	counts->messages++;
	counts->tagged += tagged;
	counts->dropped += dropped;
	halve(counts);
	pthread_mutex_unlock(&lock);
}

struct rules_watch_counts rules_watch_before(void)
{
	struct rules_watch_counts counts;

	pthread_mutex_lock(&lock);
	counts = before;
	pthread_mutex_unlock(&lock);
	return counts;
}

void rules_watch_set_before(const struct rules_watch_counts *counts)
{
	if (counts->tagged > counts->messages || counts->dropped > counts->messages ||
	    counts->messages > 2 * MESSAGES_MAX)
		return;
	pthread_mutex_lock(&lock);
	before = *counts;
	pthread_mutex_unlock(&lock);
}

/* Under the lock. */
static void stop(bool keep)
{
	if (keep) {
		before.messages += since.messages;
		before.tagged += since.tagged;
		before.dropped += since.dropped;
		halve(&before);
	}
	since = (struct rules_watch_counts){ 0 };
	watching = false;
}

void rules_watch_begin(int64_t period_ms)
{
	pthread_mutex_lock(&lock);
	stop(true);
	watching = true;
	end = deadline_in_ms(period_ms);
	pthread_mutex_unlock(&lock);
}

/* The end of Wilson's interval of a share; `side` is -1 or 1. */
static double bound(uint64_t part, uint64_t all, int side)
{
	double n = (double)all, share = (double)part / n, z = DEVIATIONS;
	double middle = share + z * z / (2 * n);
	double half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));

	return (middle + side * half) / (1 + z * z / n);
}

bool rules_watch_jumped(uint64_t before_part, uint64_t before_all, uint64_t after_part,
                        uint64_t after_all, int32_t jump)
{
	if (before_all < RULES_WATCH_MESSAGES_MIN || after_all < RULES_WATCH_MESSAGES_MIN)
		return false;
	return bound(after_part, after_all, -1) >
	       bound(before_part, before_all, 1) + jump / 100000.0;
}

static double percent(uint64_t part, uint64_t all)
{
	return all > 0 ? 100.0 * (double)part / (double)all : 0;
}

static struct str tell(struct arena *arena, const char *what, uint64_t before_part,
                       uint64_t after_part)
{
	return arena_printf(
		arena,
		"%.1f%% of mail is %s, %llu of %llu messages since other rules went into "
		"force, and %.1f%% were before",
		percent(after_part, since.messages), what, (unsigned long long)after_part,
		(unsigned long long)since.messages, percent(before_part, before.messages));
}

enum rules_watch_state rules_watch_look(struct arena *arena, int32_t jump, struct str *sentence_r)
{
	enum rules_watch_state state = RULES_WATCH_OFF;

	pthread_mutex_lock(&lock);
	*sentence_r = tell(arena, "tagged", before.tagged, since.tagged);
	if (watching)
		state = deadline_passed(end) ? RULES_WATCH_ENDED : RULES_WATCH_ON;
	if (watching && rules_watch_jumped(before.tagged, before.messages, since.tagged,
	                                   since.messages, jump)) {
		state = RULES_WATCH_JUMPED;
	} else if (watching && rules_watch_jumped(before.dropped, before.messages, since.dropped,
	                                          since.messages, jump)) {
		*sentence_r = tell(arena, "dropped", before.dropped, since.dropped);
		state = RULES_WATCH_JUMPED;
	}
	if (state == RULES_WATCH_ENDED || state == RULES_WATCH_JUMPED)
		stop(state == RULES_WATCH_ENDED);
	pthread_mutex_unlock(&lock);
	return state;
}
