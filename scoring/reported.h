/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mail that somebody reported as spam by the link in its header, when it comes again: the same body
 * (as the seal takes it) of the same author. It is on his blocklist under an address that stands
 * for it, which no sender has.
 */
#ifndef SCORING_REPORTED_H
#define SCORING_REPORTED_H

#include "facts/people.h"
#include "forward/seal_content.h"
#include "message/header.h"
#include "rules/model/hits.h"
#include "scoring/origin.h"

struct reported_input {
	const struct policy *policy;
	const struct people_reader *people; /* NULL: nobody is asked */
	const struct envelope_recipients *recipients;
	const struct front *front;        /* on the hop; NULL elsewhere */
	const struct hits_change *before; /* of the recipients, or NULL */
	const struct seal_digest *body;
	const struct header_list *headers;
	struct deadline deadline;
};

/*
 * The changes with what was reported: a recipient who did, or whose domain did, gets 100 points
 * more. `before` where there is nothing to add, or no answer. *name_r is the address that stands
 * for the mail, keyed, so that nobody else can make it; empty where `spam_report_link` is off, the
 * hop will look, or the library is missing.
 */
const struct hits_change *reported_changes(struct arena *arena, const struct reported_input *input,
                                           struct str *name_r);

#endif
