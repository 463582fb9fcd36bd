/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * New rules are tried beside those in force on a sample of mail before they may take their place: a
 * rule that makes good mail spam, or eats the processor, must not meet real mail first. Without the
 * network and without what was learned, whose answers would not be the same twice.
 */
#ifndef UPDATE_CANARY_H
#define UPDATE_CANARY_H

#include "scoring/policy.h"

struct canary_input {
	const struct policy *now;        /* what is in force; NULL: nothing is */
	const struct policy *next;       /* what is to be */
	const struct settings *settings; /* canary_mail, and the limits */
	bool compare_cost;               /* not where `now` lacks what `next` is a version of */
};

/* A message of the sample that is judged otherwise. */
struct canary_change {
	struct str name;
	bool spam;             /* what it is */
	int32_t before, after; /* scores, thousandths */
	bool new_spam;         /* good mail that would be tagged */
	bool new_discard;      /* … that would be dropped where it is forwarded */
	struct str rules;      /* the changes that made it, largest first: "A=25 (was 1), B=2" */
};

struct canary_result {
	size_t ham, spam;                     /* messages of the sample */
	size_t new_spam, new_discards;        /* of good ones */
	size_t caught, missed;                /* of spam: tagged now, or no longer */
	int32_t cost;                         /* thousandths of what `now` costs; 0: not compared */
	bool by_instructions;                 /* or else by processor time */
	vec_of(struct canary_change) changes; /* of all kinds, in the arena */
	struct str reason; /* why `next` may not take the place; empty where it may */
};

/*
 * True where `next` may take its place. Otherwise errors say why not, with the messages that would
 * be judged otherwise and the rules that do it. Takes some milliseconds a message; any thread.
 */
bool canary_try(struct arena *arena, const struct canary_input *input,
                struct canary_result *result_r, struct problems *problems);

#endif
