/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What to do with a scored message: a pure function of settings, facts and score. It is dropped
 * only where no doubt about the score matters; mail that is not forwarded is never dropped.
 */
#ifndef SCORING_VERDICT_H
#define SCORING_VERDICT_H

#include "forward/forward.h"
#include "message/envelope.h"
#include "rules/evidence_kind.h"
#include "rules/model/hits.h"
#include "scoring/infection.h"
#include "scoring/origin.h"

enum verdict_action {
	VERDICT_PASS,    /* delivered with the header */
	VERDICT_TAG,     /* delivered with the header and a tagged Subject */
	VERDICT_DROP,    /* no recipient is left: discarded */
	VERDICT_PARTIAL, /* some recipients are dropped, the others get it (tagged where `tag`) */
	VERDICT_REJECT,  /* the MTA refuses it, so that its sender knows: it is infected */
};

struct recipient_verdict {
	struct str address;     /* as in the envelope */
	struct str hosted;      /* the hosted recipient behind it, for the record; or empty */
	struct str_list others; /* further ones that it may be as well */
	struct str destination; /* the external address that decided; empty where none */
	enum recipient_class class;
	bool drop;
	bool infected;     /* it is dropped, or observed, for malware and not for its score */
	bool observe;      /* would have been dropped, but its destination's policy is a dry run */
	int32_t threshold; /* thousandths: the one that decided; of one that is neither dropped nor
	                    * observed, the recipient's required_score */
	const char *threshold_from; /* "FILE:LINE" that set it, or "default" */
	struct hits_change change;  /* what his score is more than the message's, and by what */
	struct str kept; /* why it is not dropped although the score says so, a sentence without
	                  * full stop; or empty */
};

struct verdict {
	enum verdict_action action;
	bool tag; /* readers are told that it is spam: X-Spam-Flag, and the Subject's tag */
	struct str subject_tag; /* what the Subject gets in front; empty: nothing */
	int32_t required;       /* thousandths: the threshold stated in the header */
	bool over;              /* score > required, whether or not readers are told */
	bool quiet;             /* nobody is told, whatever the score is */
	bool droppable;         /* as in verdict_input */
	struct recipient_verdict *recipients;
	size_t recipient_count;
	struct str hint; /* something that the operator should know, for the log; or empty */
};

/* What the verdict depends on besides the settings. */
struct verdict_input {
	const struct policy *policy;
	const struct envelope *envelope;
	int32_t score;
	int32_t floor;    /* the score is not lower, whatever could not be found out */
	struct str doubt; /* what that is, where floor < score */
	const struct hits_change *changes; /* by recipient, to both; NULL: none */
	/* Of what kinds the evidence is, for discard_needs; NULL: not known, so none. */
	const struct evidence_kinds *kinds;
	struct infection infection;
	bool refusable;            /* it may be refused: it is at the front, and not exempt */
	bool droppable;            /* mail of strangers; false: deliver to everybody */
	struct str forbidden;      /* why nothing may be dropped now; or empty */
	bool quiet;                /* scored without tagging: by policy for this client */
	const struct front *front; /* on the forward hop; NULL elsewhere */
};

const struct verdict *verdict_decide(struct arena *arena, const struct verdict_input *input);

/* What the score is at most lower for a recipient than for the message: thousandths, 0 or less. */
int32_t verdict_lowest_change(const struct verdict *verdict);

#endif
