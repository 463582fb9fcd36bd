/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/statement.h"

/* "DOMAIN [PRACTICE]": how to judge mail from the domain that it did not sign. */
void statement_adsp_override(struct statement *statement)
{
	static const struct {
		const char *name;
		const char *letter; /* as check_dkim_adsp() takes them */
	} practices[] = {
		{ "nxdomain", "N" },    { "unknown", "U" },    { "all", "A" },
		{ "discardable", "D" }, { "custom_low", "1" }, { "custom_med", "2" },
		{ "custom_high", "3" },
	};
	struct ruleset *set = statement->set;
	struct str domain, practice;

	if (!statement_word(statement, "a domain", &domain))
		return;
	if (!str_next_word(&statement->value, &practice))
		practice = STR("discardable");
	for (size_t i = 0; i < sizeof(practices) / sizeof(practices[0]); i++) {
		if (!str_eq_ci(practice, str_from(practices[i].name)))
			continue;
		map_set(set->adsp_overrides, arena_str_lower(set->arena, domain),
		        (void *)practices[i].letter);
		return;
	}
	statement_warn(statement, practice.data,
	               "'%.*s' is no practice; nxdomain, unknown, all, discardable, custom_low, "
	               "custom_med and custom_high are",
	               STR_FMT(practice));
}
