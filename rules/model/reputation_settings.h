/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rule files say of senders' histories: use_txrep and txrep_*, as SpamAssassin names them. */
#ifndef RULES_MODEL_REPUTATION_SETTINGS_H
#define RULES_MODEL_REPUTATION_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct rule;
struct ruleset;

struct reputation_settings {
	bool used;      /* a rule calls for them, and use_txrep isn't 0 */
	double factor;  /* txrep_factor: how far towards the mean, from 0 to 1 */
	int64_t window; /* 1/(1 - txrep_dilution_factor): of how many messages it is the mean */
	/* txrep_weight_email_ip and txrep_weight_domain: of the author's address with who vouches
	 * for it, and of the latter alone. */
	double author_weight, voucher_weight;
	unsigned ipv4_bits, ipv6_bits; /* txrep_ipv4_mask_len, txrep_ipv6_mask_len */
};

struct reputation_settings reputation_settings(const struct ruleset *ruleset);
/* The rule that pulls, if there is one that is on; else NULL. */
const struct rule *reputation_rule(const struct ruleset *ruleset);

#endif
