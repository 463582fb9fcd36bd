/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/autolearn.h"

/* Points, in thousandths: what spam needs of rules about the header, and about the body; and what
 * the classifier may say against what is to be learned. */
#define HEADER_POINTS 3000
#define BODY_POINTS   3000
#define OBJECTION     1000

const char *autolearn_name(enum autolearn autolearn)
{
	static const char *const names[] = {
		[AUTOLEARN_DISABLED] = "disabled",
		[AUTOLEARN_UNAVAILABLE] = "unavailable",
		[AUTOLEARN_NO] = "no",
		[AUTOLEARN_HAM] = "ham",
		[AUTOLEARN_SPAM] = "spam",
	};

	return names[autolearn];
}

static bool is_taught(const struct autolearn_input *input)
{
	return input->taught->by_hand.ham >= input->after &&
	       input->taught->by_hand.spam >= input->after;
}

static bool has_hit(const struct hits *hits, struct str name)
{
	for (size_t i = 0; i < hits->len; i++)
		if (str_eq(hits->items[i].name, name))
			return true;
	return false;
}

static bool is_surely_spam(const struct autolearn_input *input)
{
	const struct evidence *evidence = input->evidence;

	if (evidence->score < input->site->spam_from || input->score < input->required)
		return false;
	if (!evidence->forced && (evidence->header < HEADER_POINTS || evidence->body < BODY_POINTS))
		return false;
	return evidence->learned >= -OBJECTION;
}

static bool is_surely_ham(const struct autolearn_input *input)
{
	const struct evidence *evidence = input->evidence;

	return evidence->score < input->site->ham_below && input->score < input->required &&
	       evidence->learned <= OBJECTION;
}

/* With bayes_auto_learn_on_error, what the classifier is sure of already teaches nothing. */
static bool is_known(const struct autolearn_input *input, bool spam)
{
	return input->site->on_error &&
	       has_hit(input->hits, spam ? STR("BAYES_99") : STR("BAYES_00"));
}

/* The larger class waits, so that a flood of one kind doesn't decide what the other is. */
static enum autolearn learn_if_possible(const struct autolearn_input *input, bool spam)
{
	const struct autolearn_taught *taught = input->taught;
	uint64_t own, other;

	if (taught == NULL || !input->complete)
		return AUTOLEARN_UNAVAILABLE;
	own = spam ? taught->all.spam : taught->all.ham;
	other = spam ? taught->all.ham : taught->all.spam;
	if (is_known(input, spam) || own > other)
		return AUTOLEARN_NO;
	return spam ? AUTOLEARN_SPAM : AUTOLEARN_HAM;
}

enum autolearn autolearn_decide(const struct autolearn_input *input)
{
	if (!input->on || input->site->off || (input->taught != NULL && !is_taught(input)))
		return AUTOLEARN_DISABLED;
	if (is_surely_ham(input))
		return learn_if_possible(input, false);
	if (is_surely_spam(input))
		return learn_if_possible(input, true);
	return AUTOLEARN_NO;
}
