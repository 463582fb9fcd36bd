/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DKIM signatures are not verified. What rules ask of them is 0, as it is in SpamAssassin where the
 * DNS can't be asked; that a message is signed is not told either, for rules take "signed and not
 * valid" for a signature that failed.
 */
#include "rules/eval.h"

#define NOT_CHECKED "DKIM signatures are not checked"

/* Signatures that nobody has looked at are not to be depended on. */
static double dkim_dependable(struct match *match, const struct str_list *args)
{
	(void)match;
	(void)args;
	return 0;
}

/* A practice that goes for every domain, so SpamAssassin's function never hits. */
static double dkim_signsome(struct match *match, const struct str_list *args)
{
	(void)match;
	(void)args;
	return 0;
}

const struct eval_function eval_dkim_functions[] = {
	{ "check_dkim_dependable", dkim_dependable, NULL, 0 },
	{ "check_dkim_signsome", dkim_signsome, NULL, 0 },
	{ "check_dkim_*", NULL, NOT_CHECKED, 0 },
	{ "check_arc_*", NULL, NOT_CHECKED, 0 },
	{ "check_for_def_dkim_*", NULL, NOT_CHECKED, 0 },
	{ "check_for_dkim_*", NULL, NOT_CHECKED, 0 },
	{ 0 },
};
