/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Of what kind the evidence is that rules give: what a message says, who sends it, what others in
 * the network say of that, what was learned. Pure; thread-safe.
 */
#ifndef RULES_EVIDENCE_KIND_H
#define RULES_EVIDENCE_KIND_H

#include "rules/ruleset.h"

enum evidence_kind {
	EVIDENCE_WORDING, /* text, markup, links, attachments, Subject */
	EVIDENCE_SENDER,  /* other header fields, relays, SPF, DKIM, DMARC */
	EVIDENCE_NETWORK, /* DNS lists, and all else with `tflags net` */
	EVIDENCE_LEARNED, /* `tflags learn` */
};
#define EVIDENCE_KIND_COUNT 4

/* A kind counts from this on, in thousandths: its rules together. */
#define EVIDENCE_KIND_MIN 500

struct evidence_kinds {
	int32_t points[EVIDENCE_KIND_COUNT]; /* of the rules with points above 0; thousandths */
};

/*
 * The kinds of rules that hit, "A=1.2,B=3". A meta is of the kind that the table for its area in
 * our own set says, by the beginning of its name, else of that of most rules it is made of. Rules
 * that the set doesn't have are of no kind.
 */
struct evidence_kinds evidence_kinds_of(const struct ruleset *ruleset, struct str rules);

/* How many of them count. */
unsigned evidence_kind_count(const struct evidence_kinds *kinds);
/* "wording", "sender", "network", "learned". */
const char *evidence_kind_name(enum evidence_kind kind);

#endif
