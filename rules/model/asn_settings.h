/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rule files say of autonomous systems: zones that know them, and the tags that get what they
 * answer. Plain values in the rule set's arena. */
#ifndef RULES_MODEL_ASN_SETTINGS_H
#define RULES_MODEL_ASN_SETTINGS_H

#include "base/vec.h"

struct asn_lookup {
	struct str zone;
	bool ipv6;
	struct str number_tag, route_tag; /* without underscores */
};

struct asn_settings {
	vec_of(struct asn_lookup) lookups;
	struct str prefix; /* of numbers in tags */
	bool no_dns;       /* asn_use_dns 0 */
	bool no_database;  /* asn_use_geodb 0 */
	bool dns_too;      /* asn_prefer_geodb 0: also where a database knows the number */
};

#endif
