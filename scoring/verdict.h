/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What to do with a scored message: a pure function of settings, facts and score. Only a complete
 * assay may drop; mail that is not forwarded is never dropped.
 */
#ifndef SCORING_VERDICT_H
#define SCORING_VERDICT_H

#include "forward/forward.h"
#include "message/envelope.h"
#include "scoring/policy.h"

enum verdict_action {
	VERDICT_PASS,    /* delivered with the header */
	VERDICT_TAG,     /* delivered with the header and a tagged Subject */
	VERDICT_DROP,    /* no recipient is left: discarded */
	VERDICT_PARTIAL, /* some recipients are dropped, the others get it (tagged where `tag`) */
	VERDICT_SKIP,    /* not scanned: an authenticated or trusted client, by policy */
};

struct recipient_verdict {
	struct str address;     /* as in the envelope */
	struct str hosted;      /* the hosted recipient behind it, for the record */
	struct str destination; /* the external address that decided; empty where none */
	enum recipient_class class;
	bool drop;
	int32_t threshold; /* thousandths: the one that decided */
};

struct verdict {
	enum verdict_action action;
	bool tag;         /* the Subject gets the tag */
	struct str subject_tag;
	int32_t required; /* thousandths: the threshold stated in the header */
	bool may_drop;    /* false: forward_discard_score was not looked at (incomplete assay …) */
	bool hop;         /* this is the forward hop */
	bool over;        /* score > required, whether or not tagged */
	struct recipient_verdict *recipients;
	size_t recipient_count;
	struct str hint; /* a thing that the operator should know, for the log; or empty */
};

/* What the verdict depends on besides the settings. */
struct verdict_input {
	const struct policy *policy;
	const struct envelope *envelope;
	int32_t score;
	bool complete;    /* no limit was hit */
	bool trusted;     /* the client is in trusted_networks */
	bool authenticated;
	bool own_bounce;  /* on the hop: our MTA's own delivery report */
	bool droppable;   /* false: a record could not be made durable, so deliver */
	const struct str_list *hosted; /* from the seal: the front's recipients; or NULL */
};

const struct verdict *verdict_decide(struct arena *arena, const struct verdict_input *input);

#endif
