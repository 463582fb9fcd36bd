/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * X-Spam-Technical-Details: the sentences by which a customer or a support agent sees what scanned
 * a message, its score, the threshold, and where to complain. Pure.
 */
#ifndef SCORING_DETAILS_H
#define SCORING_DETAILS_H

#include "scoring/report_input.h"

#define DETAILS_HEADER_NAME "X-Spam-Technical-Details"

/* The field's value, folded, from the templates of the settings. */
struct str details_value(struct arena *arena, const struct report_input *input);

#endif
