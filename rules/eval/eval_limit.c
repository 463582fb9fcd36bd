/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was left out of a message because there was too much of it. A function of ours. */
#include "rules/eval/eval.h"

/* check_limit('NAME' …): was one of these limits hit? By the names that reports show. */
static double check_limit(const struct eval_context *context)
{
	unsigned limits = context->message->limits;

	for (size_t i = 0; i < context->args->texts.len; i++)
		for (unsigned bit = 0; bit < MESSAGE_LIMIT_COUNT; bit++)
			if ((limits & 1u << bit) != 0 &&
			    str_eq(context->args->texts.items[i],
			           str_from(message_limit_name((enum message_limit)(1u << bit)))))
				return 1;
	return 0;
}

const struct eval_function eval_limit_functions[] = {
	{ .name = "check_limit", .run = check_limit, .args = "t*" },
	{ 0 },
};
