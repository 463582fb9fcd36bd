/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What rule files, a local.cf above all, say about the filter and not about rules: networks, the
 * threshold, and what is written into messages. Plain values, owned by the rule set and never
 * changed once it is loaded. assay.conf, where it says something of the same, has precedence; the
 * folder scoring/ sees to that.
 */
#ifndef RULES_SITE_H
#define RULES_SITE_H

#include "base/error.h"
#include "facts/networks.h"

struct site {
	struct network_list trusted_networks;
	struct network_list internal_networks;
	struct network_list msa_networks;
	bool has_origin_headers; /* originating_ip_headers was there, or its clear_ */
	struct str_list origin_headers;
	struct str sender_header; /* envelope_sender_header; or empty */
};

#endif
