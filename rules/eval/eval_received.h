/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How messages lose their Received fields. Nothing fails. */
#ifndef RULES_EVAL_EVAL_RECEIVED_H
#define RULES_EVAL_EVAL_RECEIVED_H

#include "rules/model/eval_context.h"

/* Did the message pass through something that removes Received fields, so that nothing follows from
 * their absence? */
bool eval_is_gated(const struct eval_context *context);
/* What it asks for, for rows of functions that call it. */
#define EVAL_GATED_FIELDS "Delivered-To", "Mailing-List", "Received"

#endif
