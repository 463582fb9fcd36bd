/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who knows whom, as far as the store says; the lists that recipients keep are in eval_lists.c. */
#include <inttypes.h>

#include "rules/eval/eval.h"

#define DAY_S 86400

static struct str why_known(const struct eval_context *context,
                            const struct people_standing *standing)
{
	int64_t days = (context->facts->people->now_s - standing->last_s) / DAY_S;

	if (standing->letters == 0)
		return STR("it answers a message that was sent from here");
	return arena_printf(context->arena, "%" PRId64 " message%s to this sender, the last %s%s",
	                    standing->letters, standing->letters == 1 ? "" : "s",
	                    days <= 0 ? "today"
	                              : arena_printf(context->arena, "%" PRId64 " day%s ago", days,
	                                             days == 1 ? "" : "s")
	                                        .data,
	                    standing->answers ? "; it answers one" : "");
}

/* check_known_correspondent(): how well our users know the sender, from 0 to 1. */
static double known_correspondent(const struct eval_context *context)
{
	const struct people *people = context->facts->people;

	if (people == NULL || people->standing.known <= 0)
		return 0;
	eval_show(context, why_known(context, &people->standing));
	return (double)people->standing.known / PEOPLE_KNOWN_FULL;
}

/* What it adds depends on all other rules: see reputation.h. */
static double senders_reputation(const struct eval_context *context)
{
	(void)context;
	return 0;
}

const struct eval_function eval_people_functions[] = {
	{ .name = "check_known_correspondent",
	  .run = known_correspondent,
	  .of_people = true,
	  .graded = true },
	{ .name = "check_senders_reputation", .run = senders_reputation },
	{ 0 },
};
