/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What eval functions about attached files share. In the message's arena. Nothing fails.
 */
#ifndef RULES_EVAL_EVAL_PART_H
#define RULES_EVAL_EVAL_PART_H

#include "rules/model/eval_context.h"

/* The file that a part holds, its transfer encoding decoded. */
struct str eval_part_bytes(const struct eval_context *context, const struct mime_part *part);
/* Length of the text that the rule is about, in the units of Perl's length(). */
size_t eval_texts_length(const struct eval_context *context);

#endif
