/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/learning.h"

#include <math.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "store/lesson_message.h"
#include "store/lessons_rows.h"

/* Surer than any model is. */
#define LOG_ODDS_MAX 1e6

static int32_t log_odds(const struct session_ending *ending)
{
	if (ending->learned.models.site == NULL)
		return LESSON_UNPREDICTED;
	return (int32_t)(fmin(fmax(ending->assay->learned->log_odds, -LOG_ODDS_MAX), LOG_ODDS_MAX) *
	                 1000);
}

static void tell_left_out(void)
{
	static struct log_limit limit = { .interval_us = INT64_C(60) * 1000000 };
	unsigned left_out;

	if (log_limit_pass(&limit, &left_out))
		log_warning(
			NULL,
			"lessons: %u messages were not learned by the filter itself, for too many wait "
			"to be written",
			left_out + 1);
}

void learning_submit(const struct session_ending *ending)
{
	const struct assay *assay = ending->assay;
	struct lesson_row row;

	if (assay->autolearn != AUTOLEARN_HAM && assay->autolearn != AUTOLEARN_SPAM)
		return;
	/* Not all of it is there. */
	if (ending->session->given_up ||
	    !lesson_message_row(ending->session->arena, ending->policy, assay, &row))
		return;
	row.label = assay->autolearn == AUTOLEARN_SPAM ? LEARN_SPAM : LEARN_HAM;
	row.source = LESSON_AUTOMATIC;
	row.time_us = clock_wall_us();
	row.log_odds = log_odds(ending);
	if (!lessons_cache_submit(ending->service->lessons, LESSONS_SITE, &row))
		tell_left_out();
}
