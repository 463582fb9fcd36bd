/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the site has learned of spam, by the name that SpamAssassin's rules have for it. */
#include "learn/learned.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/eval/eval_lists.h"

static bool is_ignored(const struct eval_context *context)
{
	return eval_lists_from(context, STR("bayes_ignore_from")) ||
	       eval_lists_to(context, STR("bayes_ignore_to"));
}

/* check_bayes(min, max): the probability is over min (or 0 with a min of 0), and not over max. */
static double check_bayes(const struct eval_context *context)
{
	double min = eval_number(context, 0, 0), max = eval_number(context, 1, 1);
	double probability;

	if (context->learned == NULL)
		return 0;
	probability = context->learned->probability;
	if ((min > 0 && probability <= min) || probability > max)
		return 0;
	return !is_ignored(context);
}

const struct eval_function eval_learned_functions[] = {
	{ .name = "check_bayes",
	  .run = check_bayes,
	  .args = "nr",
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS, EVAL_RECIPIENT_FIELDS) },
	{ 0 },
};

bool eval_is_about_learned(const struct eval_function *function)
{
	return function == &eval_learned_functions[0];
}
