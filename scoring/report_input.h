/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the report is made of, and what it is: edits of the header. Pure; plain values.
 */
#ifndef SCORING_REPORT_INPUT_H
#define SCORING_REPORT_INPUT_H

#include "message/envelope.h"
#include "message/raw_header.h"
#include "scoring/autolearn.h"
#include "scoring/policy.h"
#include "scoring/verdict.h"

enum header_edit_kind {
	HEADER_DELETE, /* occurrence `index` (from 1) of `name` */
	HEADER_CHANGE, /* occurrence `index` (from 1) of `name` gets `value` */
	HEADER_INSERT, /* a new one at the top of all */
	HEADER_APPEND, /* a new one at the end */
};

struct header_edit {
	enum header_edit_kind kind;
	struct str name;
	unsigned index;
	struct str value; /* what follows the colon and one space; folds are "\n" and white space
	                   * (a changed field keeps its own); without the final line end */
	bool exact; /* `value` is all that follows the colon; the MTA may put a space in front */
};

/*
 * The edits in the order in which they are to be applied: deletions from the last occurrence to
 * the first, then changes, then insertions (the last one ends up on top).
 */
struct report {
	vec_members(struct header_edit);
};

/* All that the report shows. */
struct report_input {
	const struct policy *policy;
	const struct envelope *envelope;
	/* Of the message as received: all of those that report_may_edit(), as the MTA has them. */
	const struct raw_field_list *fields;
	const struct verdict *verdict;
	struct str id; /* the scan's */
	int32_t score;
	const struct hits *hits;       /* what of the rules; NULL: not known */
	const struct facts *facts;     /* NULL: not known */
	struct str rules;              /* names of the rules that hit, separated by commas */
	const struct str_list *limits; /* names of the limits that were hit */
	struct infection infection;
	enum autolearn autolearn;
	const char *skipped;  /* why it was not scanned, as the end of a sentence; or NULL */
	struct str note;      /* another sentence for the reader; or empty */
	size_t scanned_bytes; /* > 0: only this many bytes were looked at */
	bool hop;             /* our own fields of the front stay, the seal goes */
	bool sealed;          /* on the hop: the front's verdict stands, only the seal goes */
	struct str undo;      /* then: what the front did to the Subject; see subject_undo.h */
};

/* On what was forwarded although it would have been dropped: `observe`. */
#define OBSERVED_HEADER_NAME "X-Spam-Would-Discard"

/* Our name in header fields: the settings', else the MTA's, else the system's. */
struct str report_our_host(const struct report_input *input);
/* Our name in Authentication-Results (RFC 8601 section 2.5), by default the same. */
struct str report_authserv_id(const struct report_input *input);
/* Do we write a Received-SPF? Not where an internal host's is there. */
bool report_writes_spf(const struct report_input *input);

#endif
