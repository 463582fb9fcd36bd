/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a DNS server that is asked. A plain value. */
#ifndef FACTS_DNS_SERVER_REPORT_H
#define FACTS_DNS_SERVER_REPORT_H

#include "base/vec.h"

struct dns_server_report {
	struct str address; /* "192.0.2.1", "192.0.2.1@5353" */
	struct str zone;    /* whose names it is asked for; empty: all others */
	uint64_t asked;     /* questions sent to it, repeated ones included */
	uint64_t answered;  /* replies to them, whatever they say */
};
struct dns_server_reports {
	vec_members(struct dns_server_report);
};

#endif
