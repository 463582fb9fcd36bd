/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a destination's drop threshold goes down a step, and up again. Pure. */
#ifndef HEALTH_ADAPT_H
#define HEALTH_ADAPT_H

#include "health/health.h"
#include "scoring/adapted.h"

/* So many forwards are needed for a judgement. */
#define ADAPT_FORWARDS_MIN 20
/* A way up takes so many times as long as one down. */
#define ADAPT_UP_INTERVALS 24

struct adapt_settings {
	int32_t share;      /* thousandths of a percent that are too many */
	int64_t interval_s; /* between two steps */
	unsigned steps_max; /* to the floor, for this destination */
};

/* Adds what came since; true where it took a step, up or down, and then it counts anew. */
bool adapt_step(struct adapted_destination *d, const struct adapt_settings *settings,
                uint64_t forwards, uint64_t disliked, int64_t now_s);

#endif
