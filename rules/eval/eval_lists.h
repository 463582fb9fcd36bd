/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the addresses of a message are in a list that rule files fill. */
#ifndef RULES_EVAL_EVAL_LISTS_H
#define RULES_EVAL_EVAL_LISTS_H

#include "rules/model/eval_context.h"

/* Is anyone that the message may be from, or to, in the list of this name? The function that calls
 * has EVAL_SENDER_FIELDS, EVAL_RECIPIENT_FIELDS in its row. */
bool eval_lists_from(const struct eval_context *context, struct str name);
bool eval_lists_to(const struct eval_context *context, struct str name);

#endif
