/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes wrong for a while, in the log and for those who look from outside: one line when it
 * begins, one when it is over, with a count, however often it fails in between, and however often
 * it works for a moment. A static object for each kind. Thread-safe.
 */
#ifndef BASE_TROUBLE_H
#define BASE_TROUBLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

/*
 * It is over when it works; but where it had been over only a minute before, not before it hasn't
 * failed for so long, and twice that the next time, … up to the other.
 */
#define TROUBLE_CALM_US     (INT64_C(10) * 1000000)
#define TROUBLE_CALM_MAX_US (INT64_C(600) * 1000000)
#define TROUBLE_AGAIN_US    (INT64_C(60) * 1000000)

struct trouble {
	const char *name; /* one word, such as "store" */
	const char *over; /* the line when it is over: "the store works again" */
	bool by_itself;   /* nobody says that it works again: it is over when it is calm */
	bool severe;      /* an error in the log, not only a warning */
	/* The rest is zeroed at first, and of trouble.c. */
	atomic_bool active;
	struct trouble *next;
	bool known, works;
	int64_t since_us, failed_us, told_us, ended_us, calm_us;
	uint64_t count;
	char text[600];
};

/*
 * It has failed; the line is logged where this is the first time. Where the text is another one
 * than before, that is logged, too, but not more often than once a minute. `id` is a queue id, or
 * NULL.
 */
void trouble_begin(struct trouble *trouble, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same without a line for another text. */
void trouble_count(struct trouble *trouble, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* It works; costs nothing where it did before. */
void trouble_end(struct trouble *trouble);
/* Logs the end of what is over; to be called every few seconds. */
void trouble_tick(void);

struct trouble_report {
	struct str name, text;
	int64_t since_us; /* monotonic clock */
	uint64_t count;
};
struct trouble_reports {
	vec_members(struct trouble_report);
};
/* What doesn't work now, oldest first; in the arena. */
void troubles_report(struct arena *arena, struct trouble_reports *reports_r);

#endif
