/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pipeline: raw message and envelope in, everything known about it out. The daemon, the
 * command line tool, the tests, the fuzzers and the benchmarks all call this one function.
 */
#ifndef SCORING_ASSAY_H
#define SCORING_ASSAY_H

#include "base/deadline.h"
#include "facts/facts.h"
#include "rules/hits.h"
#include "scoring/policy.h"
#include "scoring/report.h"
#include "scoring/verdict.h"

struct assay_input {
	struct str raw;                  /* the message as received, headers first */
	const struct envelope *envelope;
	struct deadline deadline;
	bool truncated; /* raw is only the front of the message: it was over max_message_size */
	bool stored;    /* a stored file: client and sender may be taken from its own headers */
};

struct assay {
	struct str id; /* scan id: time and random, 16 characters of [0-9a-z] */
	const struct facts *facts;
	const struct hits *hits;
	int32_t score; /* thousandths; the seal's on the hop */
	const struct verdict *verdict;
	const struct report *report;
	struct str_list limits; /* names of the limits that were hit; empty: complete */
	int64_t time_us;        /* spent in assay_message() */
	size_t size;            /* bytes of the message that were given */
	bool sealed;            /* the score came with a valid seal: not scanned again */
	struct str rules;       /* "A=1.2,B=3", what hit, by falling score */
};

/* Never NULL; everything is in the arena. `policy` must stay pinned as long as the result is used. */
struct assay *assay_message(struct arena *arena, const struct policy *policy,
			    const struct assay_input *input);

/*
 * The verdict and report again, for a message that was to be dropped and whose record could not
 * be made durable: it is delivered, tagged, and `reason` is in its header.
 */
void assay_forbid_drop(struct arena *arena, const struct policy *policy,
		       const struct assay_input *input, struct assay *assay, struct str reason);

/* The message with the report's edits applied, as the MTA would deliver it. */
struct str assay_edited_message(struct arena *arena, const struct assay *assay, struct str raw);

#endif
