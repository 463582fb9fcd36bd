/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of a list in the DNS. Plain values.
 */
#ifndef FACTS_DNS_LIST_REPORT_H
#define FACTS_DNS_LIST_REPORT_H

#include "base/vec.h"

/* What one address that a list answered with says. */
enum dns_list_meaning {
	DNS_LIST_LISTED,    /* an entry; which, is the rule's matter */
	DNS_LIST_BLOCKED,   /* the operator doesn't serve this resolver: public, over quota … */
	DNS_LIST_MISASKED,  /* the list has nothing of the kind that was asked for */
	DNS_LIST_REWRITTEN, /* outside 127.0.0.0/8: made up by somebody on the way */
};

/* What is looked up in a list; bits. By it the test entries have their names. */
enum dns_list_kind {
	DNS_LIST_ADDRESSES = 1 << 0, /* 2.0.0.127 is listed, 1.0.0.127 not */
	DNS_LIST_NAMES = 1 << 1,     /* TEST is listed, INVALID not */
};

/* Why a list is suspended. */
enum dns_list_trouble {
	DNS_LIST_FINE,
	DNS_LIST_SILENT,    /* no answer in time */
	DNS_LIST_FAILS,     /* its servers, or the resolver, fail or refuse */
	DNS_LIST_REFUSES,   /* DNS_LIST_BLOCKED */
	DNS_LIST_LISTS_ALL, /* the entry that must not be listed is */
	DNS_LIST_MADE_UP,   /* DNS_LIST_REWRITTEN */
	DNS_LIST_EMPTY,     /* its test entry was there and is no more */
	DNS_LIST_STOPPED,   /* a rule that dns_block_rule names has hit */
	DNS_LIST_TROUBLE_COUNT,
};

/* What is known of a list. Times are of the monotonic clock; texts live as long as the arena. */
struct dns_list_report {
	struct str zone;
	unsigned kinds;
	bool probed;    /* at least once */
	bool confirmed; /* its test entry is there */
	enum dns_list_trouble trouble;
	int64_t since_us;      /* in this state */
	int64_t probe_us;      /* the next probe */
	int64_t probe_took_us; /* the last one, until both its answers were there */
	uint64_t asked;
	uint64_t listed;
	uint64_t notices; /* answers that are no listing */
	uint64_t timeouts;
	uint64_t failures;
	uint64_t refused;  /* questions not asked while it was suspended */
	int64_t waited_us; /* for all answers */
	int64_t longest_us;
};

struct dns_list_reports {
	vec_members(struct dns_list_report);
};

#endif
