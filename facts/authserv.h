/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the Authentication-Results (RFC 8601) of a host say that the operator trusts: its fields are
 * found in the header, and read. Pure; nothing fails, what can't be read is not said. In the arena.
 */
#ifndef FACTS_AUTHSERV_H
#define FACTS_AUTHSERV_H

#include "facts/facts.h"

/* Of one message; further signatures are nobody's. */
#define AUTHSERV_SIGNATURES_MAX 20

/* What it says of a signature; empty texts are not said. */
struct authserv_signature {
	enum dkim_result result;
	struct str domain, selector, identity; /* header.d, or that of header.i; in lower case */
	struct str start;                      /* the first characters of b= */
};

struct authserv_results {
	struct str host; /* authserv-id; "the receiving host" where none is named */
	bool has_spf, has_helo, has_dkim, has_arc, has_dmarc;
	enum spf_status spf, helo;
	struct str mail_from, helo_name; /* an address or a domain; or empty */
	vec_of(struct authserv_signature) signatures;
	enum arc_result arc;
	enum dmarc_result dmarc;
	enum dmarc_policy policy;
	struct str author; /* whose policy it is, or empty */
};

/*
 * False where no field of a host in `names` is there. Names are compared with authserv-id, and only
 * fields count that our network added: those above the Received field with which it took the
 * message. Where the message comes from outside in this very session, these are of other filters
 * of this host, so that only its own names count. The name "*" is the topmost field, whoever wrote
 * it, and those of the same host next to it. ARC-Authentication-Results count above that Received
 * field.
 */
bool authserv_find(struct arena *arena, const struct header_list *headers,
                   const struct facts *facts, const struct facts_settings *settings,
                   struct authserv_results *results_r);

#endif
