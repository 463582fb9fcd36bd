/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether it is worth asking a scanner of viruses: one that has been found dead is not asked for a
 * while, and then by one message at a time, for longer and longer. A plain value with times of the
 * monotonic clock in microseconds; the caller has the lock.
 */
#ifndef FACTS_ANTIVIRUS_HEALTH_H
#define FACTS_ANTIVIRUS_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* So many failures in a row, or one that leaves no doubt, make it dead. */
#define ANTIVIRUS_FAILURES     3
#define ANTIVIRUS_PAUSE_US     (INT64_C(10) * 1000000)
#define ANTIVIRUS_PAUSE_MAX_US (INT64_C(160) * 1000000)
/* One that tries and tells no result is given up after this time. */
#define ANTIVIRUS_TRY_US (INT64_C(300) * 1000000)

/* All zero: it works. */
struct antivirus_health {
	unsigned failures; /* in a row */
	int64_t pause_us;  /* 0: it isn't dead */
	int64_t until_us;  /* not asked before; while one tries: when that is given up */
};

enum antivirus_permission {
	ANTIVIRUS_MAY_ASK,
	ANTIVIRUS_MAY_TRY, /* as the only one; the result has to be told */
	ANTIVIRUS_IS_DEAD,
};
enum antivirus_permission antivirus_health_may_ask(struct antivirus_health *health, int64_t now_us);

/* It has answered. */
void antivirus_health_works(struct antivirus_health *health);
/* It hasn't. `tried`: this was the one that might; `dead`: there is no doubt about it. */
void antivirus_health_failed(struct antivirus_health *health, int64_t now_us, bool tried,
                             bool dead);

#endif
