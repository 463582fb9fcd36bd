/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/trouble.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define OTHER_TEXT_US (INT64_C(60) * 1000000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct trouble *all;

/* In the order of their first failure. With the lock. */
static void make_known(struct trouble *trouble)
{
	struct trouble **end = &all;

	if (trouble->known)
		return;
	trouble->known = true;
	while (*end != NULL)
		end = &(*end)->next;
	*end = trouble;
}

/* How long it mustn't fail to be over. With the lock. */
static void choose_calm(struct trouble *trouble, int64_t now)
{
	bool again = trouble->ended_us != 0 && now - trouble->ended_us < TROUBLE_AGAIN_US;

	if (again && trouble->calm_us >= TROUBLE_CALM_US)
		trouble->calm_us *= 2;
	else
		trouble->calm_us = again || trouble->by_itself ? TROUBLE_CALM_US : 0;
	if (trouble->calm_us > TROUBLE_CALM_MAX_US)
		trouble->calm_us = TROUBLE_CALM_MAX_US;
}

/* With the lock; true where the line is to be logged. */
static bool note(struct trouble *trouble, const char *text, bool tells_others)
{
	int64_t now = clock_monotonic_us();
	bool is_other = strcmp(trouble->text, text) != 0, begins;

	make_known(trouble);
	begins = !atomic_load_explicit(&trouble->active, memory_order_relaxed);
	if (begins) {
		trouble->since_us = now;
		trouble->count = 0;
		choose_calm(trouble, now);
	}
	trouble->count++;
	trouble->failed_us = now;
	trouble->works = false;
	atomic_store_explicit(&trouble->active, true, memory_order_relaxed);
	if (begins || (is_other && tells_others))
		snprintf(trouble->text, sizeof(trouble->text), "%s", text);
	if (!begins && (!is_other || !tells_others || now - trouble->told_us < OTHER_TEXT_US))
		return false;
	trouble->told_us = now;
	return true;
}

__attribute__((format(printf, 4, 0))) static void fail(struct trouble *trouble, const char *id,
                                                       bool tells_others, const char *format,
                                                       va_list args)
{
	char text[sizeof(trouble->text)];
	bool tells;

	vsnprintf(text, sizeof(text), format, args);
	pthread_mutex_lock(&lock);
	tells = note(trouble, text, tells_others);
	pthread_mutex_unlock(&lock);
	if (tells && trouble->severe)
		log_error(id, "%s", text);
	else if (tells)
		log_warning(id, "%s", text);
}

void trouble_begin(struct trouble *trouble, const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(trouble, id, true, format, args);
	va_end(args);
}

void trouble_count(struct trouble *trouble, const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(trouble, id, false, format, args);
	va_end(args);
}

/* With the lock; true where it is over now, and that is to be logged. */
static bool is_over(struct trouble *trouble)
{
	int64_t now = clock_monotonic_us();

	if (!atomic_load_explicit(&trouble->active, memory_order_relaxed) ||
	    !(trouble->works || trouble->by_itself) || now - trouble->failed_us < trouble->calm_us)
		return false;
	trouble->ended_us = now;
	atomic_store_explicit(&trouble->active, false, memory_order_relaxed);
	return true;
}

/* Sets *next_r to the one after it. */
static void settle(struct trouble *trouble, bool works, struct trouble **next_r)
{
	uint64_t count;
	int64_t took;
	bool over;

	pthread_mutex_lock(&lock);
	trouble->works = trouble->works || works;
	over = is_over(trouble);
	count = trouble->count;
	took = trouble->failed_us - trouble->since_us;
	*next_r = trouble->next;
	pthread_mutex_unlock(&lock);
	if (over)
		log_info(NULL, "%s; it failed %" PRIu64 " times in %" PRId64 " s", trouble->over,
		         count, took / 1000000);
}

void trouble_end(struct trouble *trouble)
{
	struct trouble *unused;

	if (atomic_load_explicit(&trouble->active, memory_order_relaxed))
		settle(trouble, true, &unused);
}

void trouble_tick(void)
{
	struct trouble *trouble;

	pthread_mutex_lock(&lock);
	trouble = all;
	pthread_mutex_unlock(&lock);
	while (trouble != NULL)
		settle(trouble, false, &trouble);
}

void troubles_report(struct arena *arena, struct trouble_reports *reports_r)
{
	*reports_r = (struct trouble_reports){ 0 };
	pthread_mutex_lock(&lock);
	for (const struct trouble *trouble = all; trouble != NULL; trouble = trouble->next) {
		struct trouble_report report = {
			.name = str_from(trouble->name),
			.since_us = trouble->since_us,
			.count = trouble->count,
		};

		if (!trouble->active || trouble->works)
			continue;
		report.text = arena_str(arena, str_from(trouble->text));
		vec_push(arena, reports_r, report);
	}
	pthread_mutex_unlock(&lock);
}
