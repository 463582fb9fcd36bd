/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule of `uri_block_…`: links to hosts whose addresses are in some countries, continents, at
 * some providers, or in some networks. Plain values in the rule set's arena. */
#ifndef RULES_MODEL_URI_LOCAL_RULE_H
#define RULES_MODEL_URI_LOCAL_RULE_H

#include "facts/networks.h"

struct rule;

/* Codes in upper case. */
struct uri_local_places {
	struct str_list codes;
	bool others; /* all but those, of which each had a "!" */
};

struct uri_local_rule {
	const struct rule *rule; /* its own, unless that was defined anew */
	struct uri_local_places countries, continents;
	struct str_list providers; /* in upper case, without white space */
	struct network_list networks;
	struct str_list excluded; /* hosts, domains, addresses, in lower case */
};

#endif
