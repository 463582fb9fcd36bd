/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about what the filter learns by itself. */
#include "base/decimal.h"
#include "rules/read/statement.h"

/* bayes_auto_learn and bayes_auto_learn_on_error: 0 or 1. */
void statement_autolearn_switch(struct statement *statement)
{
	struct site_autolearn *autolearn = &statement->set->site.autolearn;
	struct str value = str_trim(statement->value);
	bool on = str_eq(value, STR("1")) || str_eq_ci(value, STR("yes"));

	if (!on && !str_eq(value, STR("0")) && !str_eq_ci(value, STR("no")))
		statement_warn(statement, statement->value.data, "'%.*s' is neither 0 nor 1",
		               STR_FMT(value));
	else if (str_ends_ci(statement->keyword, STR("_on_error")))
		autolearn->on_error = on;
	else
		autolearn->off = !on;
}

/* bayes_auto_learn_threshold_nonspam and _spam: a score. */
void statement_autolearn_threshold(struct statement *statement)
{
	struct site_autolearn *autolearn = &statement->set->site.autolearn;
	struct str value = str_trim(statement->value);
	int32_t score;

	if (!decimal_parse(value, &score))
		statement_warn(statement, statement->value.data,
		               "'%.*s' is no score; write one such as 12 or 0.1", STR_FMT(value));
	else if (str_ends_ci(statement->keyword, STR("_nonspam")))
		autolearn->ham_below = score;
	else
		autolearn->spam_from = score;
}
