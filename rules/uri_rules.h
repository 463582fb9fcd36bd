/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What rule files say about URIs for the reader of messages: redirector_pattern and the ends of
 * domains (util_rb_tld …). Borrowed for one message by one thread; a pattern that takes too many
 * steps is abandoned, and once too many were or the time is over, no more are tried.
 */
#ifndef RULES_URI_RULES_H
#define RULES_URI_RULES_H

#include "base/deadline.h"
#include "message/uri.h"

struct pattern_matcher;
struct ruleset;

struct uri_rules {
	struct uri_knowledge knowledge; /* for message_parse_for() */
	bool gave_up;                   /* not every redirector was looked for */
	/* private */
	const struct ruleset *set;
	struct pattern_matcher *matcher; /* made when first needed, and: */
	bool *may_match;                 /* by number of the redirector */
	struct deadline deadline;
	unsigned abandoned;
};

/* Learns what redirectors hold, once all of them were read. */
void uri_rules_compile(struct ruleset *set);
/* Patterns are tried until the deadline. */
void uri_rules_init(struct uri_rules *rules, const struct ruleset *set, struct deadline deadline);
/* After this, only knowledge.domains may be used. */
void uri_rules_deinit(struct uri_rules *rules);

#endif
