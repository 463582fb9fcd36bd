/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/reputation_settings.h"

#include "rules/model/number.h"
#include "rules/model/ruleset_data.h"

/* The last value that was given, within bounds. */
static double setting(const struct ruleset *set, const char *statement, double otherwise,
                      double least, double most)
{
	const struct str_list *words = ruleset_words(set, statement);
	double value =
		words->len > 0 ? number_read(words->items[words->len - 1], otherwise) : otherwise;

	if (!(value >= least))
		return least;
	return value > most ? most : value;
}

const struct rule *reputation_rule(const struct ruleset *ruleset)
{
	const struct rule_list *rules = &ruleset->by_type[RULE_EVAL];

	for (size_t i = 0; i < rules->len; i++)
		if (str_eq(rules->items[i]->eval_name, STR("check_senders_reputation")))
			return rules->items[i];
	return NULL;
}

struct reputation_settings reputation_settings(const struct ruleset *ruleset)
{
	double dilution = setting(ruleset, "txrep_dilution_factor", 0.98, 0.7, 1);

	return (struct reputation_settings){
		.used = reputation_rule(ruleset) != NULL &&
		        setting(ruleset, "use_txrep", 1, 0, 1) != 0,
		.factor = setting(ruleset, "txrep_factor", 0.5, 0, 1),
		.window = dilution < 1 ? (int64_t)(1 / (1 - dilution) + 0.5) : INT32_MAX,
		.author_weight = setting(ruleset, "txrep_weight_email_ip", 10, 0, 10),
		.voucher_weight = setting(ruleset, "txrep_weight_domain", 2, 0, 10),
		.ipv4_bits = (unsigned)setting(ruleset, "txrep_ipv4_mask_len", 16, 0, 32),
		.ipv6_bits = (unsigned)setting(ruleset, "txrep_ipv6_mask_len", 48, 0, 128),
	};
}
