/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists that are asked about the hosts of a message's URIs: what rule files say of them. */
#ifndef RULES_MODEL_URIBL_H
#define RULES_MODEL_URIBL_H

#include "base/map.h"
#include "facts/dns_answer.h"
#include "facts/dns_subtest.h"

/* What of a URI's host a list is asked for. */
enum uribl_target {
	URIBL_HOST,      /* its domain or name, or the address that it is: urirhsbl */
	URIBL_ADDRESS,   /* addresses of it or of its name servers, by tflags: uridnsbl */
	URIBL_NS_DOMAIN, /* the domains of its name servers: urinsrhsbl */
	URIBL_NS_HOST,   /* their names: urifullnsrhsbl */
};

/* One statement such as "urirhssub NAME dbl.example.org A 127.0.1.2". */
struct uribl_rule {
	enum uribl_target target;
	struct str zone; /* in lower case, without a dot at its end */
	enum dns_type type;
	struct str subtest_text; /* as written; empty: any listing hits */
	struct dns_subtest subtest;
	bool wants_notices; /* it is about what the list says of the one who asks */
	bool wants_others;  /* it is about addresses outside 127.0.0.0/8 */
};

/* More hosts of a message are not asked for. */
#define URIBL_DEFAULT_MAX_HOSTS 20

struct uribl_settings {
	struct map *skipped; /* host_listing of hosts and domains that are not asked for */
	uint64_t max_hosts;
	bool asks_addresses; /* hosts of mailto: links, too */
	bool no_signers;     /* domains of DKIM signatures are no URIs */
	bool off;            /* skip_uribl_checks */
};

#endif
