/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "health/adapt.h"

/* What is older counts half. */
#define FORWARDS_MAX 2000
#define PERCENT      100000

static bool step(struct adapted_destination *d, unsigned steps, int64_t now_s)
{
	d->steps = steps;
	d->changed_s = now_s;
	d->then_forwards = d->forwards;
	d->then_disliked = d->disliked;
	d->forwards = d->disliked = 0;
	return true;
}

bool adapt_step(struct adapted_destination *d, const struct adapt_settings *settings,
                uint64_t forwards, uint64_t disliked, int64_t now_s)
{
	int64_t age_s;
	bool enough;

	d->forwards += forwards;
	d->disliked += disliked;
	if (d->changed_s == 0 || d->changed_s > now_s)
		d->changed_s = now_s;
	/* What is configured may have changed. */
	if (d->steps > settings->steps_max)
		d->steps = settings->steps_max;
	if (d->forwards > FORWARDS_MAX) {
		d->forwards /= 2;
		d->disliked /= 2;
	}
	age_s = now_s - d->changed_s;
	enough = d->forwards >= ADAPT_FORWARDS_MIN;
	if (enough && d->disliked * PERCENT > d->forwards * (uint64_t)settings->share)
		return d->steps < settings->steps_max &&
		       (d->steps == 0 || age_s >= settings->interval_s) &&
		       step(d, d->steps + 1, now_s);
	if (d->steps == 0 || age_s < ADAPT_UP_INTERVALS * settings->interval_s)
		return false;
	/* Well is half of what is too much, or nothing at all. */
	if ((enough && 2 * d->disliked * PERCENT <= d->forwards * (uint64_t)settings->share) ||
	    d->disliked == 0)
		return step(d, d->steps - 1, now_s);
	return false;
}
