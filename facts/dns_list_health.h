/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one list's answers show about it: whether to ask it, why not, and when to try it again. A
 * plain value and the rules of its changes, without clock, lock or network. `now_us` is of the
 * monotonic clock.
 */
#ifndef FACTS_DNS_LIST_HEALTH_H
#define FACTS_DNS_LIST_HEALTH_H

#include "facts/dns_answer.h"
#include "facts/dns_list_report.h"

/* While all is well, a list is probed so often … */
#define DNS_LIST_PROBE_US (INT64_C(3600) * 1000000)
/* … and where it isn't, after this, twice this, … up to that. */
#define DNS_LIST_RETRY_US (INT64_C(15) * 1000000)
/* … but no longer than this where nothing answers: all lists may be silent for the same reason. */
#define DNS_LIST_SILENCE_US (INT64_C(300) * 1000000)
/* Where an answer to a message says that the operator doesn't serve us, after this. */
#define DNS_LIST_REFUSED_US (INT64_C(300) * 1000000)

struct dns_list_health {
	bool can_be_probed;
	bool probing;   /* a probe is under way */
	bool probed;    /* one has ended */
	bool confirmed; /* the test entry was there */
	enum dns_list_trouble trouble;
	unsigned rows;       /* troubles since the last answer to a message */
	int64_t since_us;    /* in this state */
	int64_t probe_us;    /* when the next probe is due; INT64_MAX: never */
	int64_t probed_us;   /* when the last probe was begun */
	int64_t answered_us; /* when a message last had an answer */
};

/* What one answer showed. */
struct dns_list_sign {
	enum dns_status status;
	unsigned meanings; /* bits, 1 << enum dns_list_meaning */
};

/* Not probed yet, and so due at once, where it can be. */
struct dns_list_health dns_list_health_new(bool can_be_probed, int64_t now_us);
/* An answer to a message, or none in time (DNS_TIMEOUT). */
void dns_list_health_answered(struct dns_list_health *health, struct dns_list_sign sign,
                              int64_t now_us);
void dns_list_health_stopped(struct dns_list_health *health, int64_t now_us, int64_t until_us);
/* Is a probe to be begun? Then it is noted as begun. */
bool dns_list_health_begin_probe(struct dns_list_health *health, int64_t now_us);
/* The answers about the entry that must be there, and the one that mustn't. */
void dns_list_health_probed(struct dns_list_health *health, struct dns_list_sign listed,
                            struct dns_list_sign unlisted, int64_t now_us);

#endif
