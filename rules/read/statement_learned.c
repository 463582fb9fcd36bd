/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about what of the classifier is in use. */
#include "rules/read/statement.h"

/* use_bayes, use_learner and use_bayes_rules: 0 or 1. */
void statement_learned_switch(struct statement *statement)
{
	struct site_learned *learned = &statement->set->site.learned;
	struct str value = str_trim(statement->value);

	if (!str_eq(value, STR("0")) && !str_eq(value, STR("1")))
		statement_warn(statement, statement->value.data, "'%.*s' is neither 0 nor 1",
		               STR_FMT(value));
	else if (str_ends_ci(statement->keyword, STR("_rules")))
		learned->rules_off = str_eq(value, STR("0"));
	else
		learned->off = str_eq(value, STR("0"));
}

/* bayes_min_ham_num and bayes_min_spam_num: how many must have been learned. */
void statement_learned_minimum(struct statement *statement)
{
	struct site_learned *learned = &statement->set->site.learned;
	struct str value = str_trim(statement->value);
	bool ham = str_eq_ci(statement->keyword, STR("bayes_min_ham_num"));

	if (!str_to_uint(value, UINT32_MAX, ham ? &learned->min_ham : &learned->min_spam))
		statement_warn(statement, statement->value.data,
		               "'%.*s' is no number; write how many, such as 50", STR_FMT(value));
}
