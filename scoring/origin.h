/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * On the hop: was the message addressed to this external recipient from the start, and if not,
 * whose forward is it? The front knows, and tells in its seal; without one, its Received field
 * names the recipient of a message that had a single one. What a client says (ORCPT) only tells
 * recipients that the seal names from one another. Pure but for the tables of the maps;
 * thread-safe.
 */
#ifndef SCORING_ORIGIN_H
#define SCORING_ORIGIN_H

#include "forward/seal.h"
#include "scoring/policy.h"

/* What is known of the message at the front. */
struct front {
	const struct seal_key *key;               /* with recipients */
	const struct seal_recipients *recipients; /* of the seal; NULL: none is valid */
	struct str received_for; /* without: whom the front's Received field names; or empty */
	struct front_answers *answers; /* what origin_accounts() asks once per message */
};

/* A front of which nothing else is known yet. */
struct front *origin_front(struct arena *arena);
/* Were the tables asked? For tests. */
bool origin_asked_maps(const struct front *front);

enum origin {
	ORIGIN_FORWARD,
	ORIGIN_DIRECT,  /* addressed to it from the start: sent by our users, relayed … */
	ORIGIN_UNKNOWN, /* either; *why_r says what is not known, as a sentence without full stop */
};
enum origin origin_of(struct arena *arena, const struct front *front,
                      const struct envelope_recipient *recipient, const char **why_r);

/* Where more recipients than these may be meant, their domains are given instead: "@domain". */
#define ORIGIN_ACCOUNTS_MAX 8

/*
 * The front's recipients whose forward it is: one, or all that can't be told apart; empty where
 * none is known. `ask_maps`: look what the tables make of each, where nothing else tells.
 */
struct str_list origin_accounts(struct arena *arena, const struct policy *policy,
                                const struct front *front,
                                const struct envelope_recipient *recipient, bool ask_maps);

#endif
