/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What other settings or points would have done with mail that is on record: each record has the
 * rules that hit, their points, and what no threshold changes. Only rules that hit are known, so a
 * rule that is new, or a combination of rules that would hit by now, is not. Scores are exact
 * thousandths. Only reads. One thread.
 */
#ifndef STORE_RETRIAL_H
#define STORE_RETRIAL_H

#include "base/map.h"
#include "rules/ruleset.h"
#include "scoring/settings_values.h"
#include "store/store_view.h"

/* What becomes of a record's mail, as far as thresholds decide it. */
enum retrial_action {
	RETRIAL_PASSED,    /* delivered or forwarded, not marked as spam */
	RETRIAL_TAGGED,    /* delivered or forwarded, marked as spam */
	RETRIAL_OBSERVED,  /* forwarded, and recorded as if it were dropped */
	RETRIAL_DISCARDED, /* forwarded mail that was dropped */
};
#define RETRIAL_ACTION_COUNT 4

/* "passed", "tagged", "observed", "discarded". */
const char *retrial_action_name(enum retrial_action action);

/* In retrial_input.points: whatever the record says. */
#define RETRIAL_AS_RECORDED INT32_MIN

struct retrial_input {
	/* Those in force with what is to be tried; settings_change.h. */
	const struct settings *settings;
	/* NULL: kinds of evidence are not told, as of a set without any rule. */
	const struct ruleset *ruleset;
	/* Points instead of those on record, int32_t thousandths by a rule's name; NULL: none. */
	const struct map *points;
	/* A rule that `points` doesn't have gives nothing any more. */
	bool only_these;
	struct str account;     /* narrows to recipients; or empty */
	struct str destination; /* narrows to destinations; or empty */
	int64_t since_us;       /* to now */
};

/* A record that would be treated differently; valid during the call only. */
struct retrial_change {
	const struct record *record;
	enum retrial_action before, after;
	int32_t score; /* thousandths: by the points that are tried */
};

struct retrial_account {
	struct str domain;                                          /* of the recipients */
	size_t changes[RETRIAL_ACTION_COUNT][RETRIAL_ACTION_COUNT]; /* from one to another */
	size_t changed;
};

struct retrial_summary {
	size_t records; /* that were looked at */
	size_t changed;
	size_t changes[RETRIAL_ACTION_COUNT][RETRIAL_ACTION_COUNT]; /* the unchanged, too */
	vec_of(struct retrial_account) accounts; /* that have changes, the most first */
};

/*
 * Calls visit() for each change, in the order of time, until it returns false (then the summary is
 * of what was looked at until then); NULL: only the summary. The summary is in the arena. False,
 * with the reason, where the store can't be read.
 */
bool retrial_run(const struct store_view *view, struct arena *arena,
                 const struct retrial_input *input,
                 bool (*visit)(const struct retrial_change *change, void *context), void *context,
                 struct retrial_summary *summary_r, struct error *err_r);

#endif
