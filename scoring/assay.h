/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pipeline: raw message and envelope in, everything known about it out. The daemon, the
 * command line tool, the tests, the fuzzers and the benchmarks all call this one function.
 */
#ifndef SCORING_ASSAY_H
#define SCORING_ASSAY_H

#include "base/deadline.h"
#include "facts/facts.h"
#include "learn/learned.h"
#include "rules/model/hits.h"
#include "scoring/autolearn.h"
#include "scoring/pending_checks.h"
#include "scoring/policy.h"
#include "scoring/report.h"
#include "scoring/verdict.h"

struct assay_input {
	struct str raw; /* the message as received, headers first */
	const struct envelope *envelope;
	struct deadline deadline;
	/* All fields of the whole header that report_may_edit() or that seal_binds(), as the MTA
	 * has them, where it gave them one by one; NULL: those of `raw`, whatever is in front of
	 * them counted. */
	const struct raw_field_list *fields;
	size_t added_headers; /* fields at the front of raw that the MTA doesn't show: our Received
	                       */
	bool truncated; /* raw is only the front of the message: it was over max_message_size */
	/* Why it isn't scanned, as the end of a sentence; NULL: it is. It costs next to nothing
	 * then, and a seal is believed all the same. */
	const char *unscanned;
	bool stored; /* a stored file: client and sender may be taken from its own headers */
	struct lookups *lookups;        /* for what is still to be asked; NULL: nothing */
	struct pending_checks *pending; /* begun already; the caller frees what is left of it */
	struct seal_digest body; /* of the whole body, see seal_content.h; not known: no seal */
	/* What was learned, for the recipients; NULL: it is not asked. With a key alone, only the
	 * features are found. */
	const struct learned_models *learned;
	bool asks_antivirus; /* shows it to the scanner of viruses, where the policy has one */
	struct lookups *sender_lookups; /* for starting it where that turns out to be needed */
	const struct autolearn_taught *taught; /* NULL: nothing can be learned */
	const struct people_reader *people;    /* who knows whom; NULL: nobody is asked */
};

struct assay_run;

struct assay {
	struct assay_run *run; /* for assay_forbid_drop() only */
	struct str id;         /* scan id: time and random, 16 characters of [0-9a-z] */
	const struct facts *facts;
	const struct hits *hits;
	const struct learned *learned; /* NULL: nobody asked, or no rule was tried */
	int32_t score;                 /* thousandths; the seal's on the hop */
	/* The lowest that the score could be, with all that could not be found out; else the score.
	 */
	int32_t floor;
	struct evidence_kinds kinds; /* of what the points are, where the score is above 0 */
	struct str doubt;            /* what that is, for a log; empty where the two are equal */
	const struct verdict *verdict;
	const struct report *report;
	struct str new_sender;      /* SRS: what the sender becomes; empty: it stays */
	bool sender_passes;         /* it stays because its SPF passes from our addresses */
	const char *sender_trouble; /* why it stays although it should be rewritten; or NULL */
	struct str_list limits;     /* names of the limits that were hit */
	struct str_list late;       /* questions of rules, "NAME TYPE", without an answer in time */
	int64_t time_us;            /* spent in assay_message() */
	size_t size;                /* bytes of the message that were given */
	bool sealed;                /* the score came with a valid seal: not scanned again */
	enum seal_state seal;       /* on the hop */
	struct str released_by;     /* who released it after it was dropped; empty: nobody */
	struct str reported_name;   /* by which it is on a list where it was reported; or empty */
	struct str rules;           /* "A=1.2,B=3", what hit, by falling score */
	struct infection infection;
	const char *skipped; /* why the message was not scanned, as the end of a sentence; NULL */
	enum autolearn autolearn; /* whether to learn it, once the MTA has its answer */
};

/* Never NULL; everything is in the arena. `policy` must stay pinned and
 * `input` stay as it is as long as the result is used. */
struct assay *assay_message(struct arena *arena, const struct policy *policy,
                            const struct assay_input *input);

/*
 * Decides and reports again, for a message that was to be dropped and can't be, as its record could
 * not be made durable: it is delivered to everybody. `why` is for log and record, `note`, a
 * sentence, for its header.
 */
void assay_forbid_drop(struct assay *assay, struct str why, struct str note);

#endif
