/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which rules hit a message. Immutable, in the message's arena; the rule data that it points to
 * belongs to the rule set and lives as long as the policy is pinned.
 */
#ifndef RULES_MODEL_HITS_H
#define RULES_MODEL_HITS_H

#include "base/vec.h"

/* Of what a meta was made. */
struct rule_cause {
	struct str name;
	struct str description; /* or empty */
	struct str matched;     /* as of a hit */
};

struct rule_cause_list {
	vec_members(struct rule_cause);
};

struct rule_hit {
	struct str name;
	struct str description; /* the rule's `describe`, or empty */
	int32_t score;          /* thousandths */
	struct str matched;     /* a copy of the text that matched, at most 200 bytes; or empty */
	struct rule_cause_list causes; /* of a meta; see rules/match/causes.h */
	bool learned;                  /* it says what hits.learned does: check_bayes() */
};

/* What is more, or less, for one recipient. */
struct hits_change {
	int32_t score;
	struct str rules; /* "USER_IN_WELCOMELIST=-100,…", or empty */
};

/* A hit of a rule that only feeds metas. */
struct sub_hit {
	struct str name;
	double value; /* how often or how much */
};

/* Bits of hits.limits: why the result may be incomplete. Names: hits_limit_name(). */
enum hits_limit {
	HITS_LIMIT_DEADLINE = 1 << 0,     /* the deadline passed before all rules were tried */
	HITS_LIMIT_BACKTRACKING = 1 << 1, /* a pattern was abandoned at PCRE2's match limit */
	HITS_LIMIT_NO_SCANNER = 1 << 2,   /* no scanner was free before the deadline: nothing ran */
};
#define HITS_LIMIT_COUNT 3

struct map;
struct learned;

struct hits {
	vec_members(struct rule_hit); /* every rule that hit and that reports show, in file order */
	unsigned limits;
	struct str_list limited_rules; /* rules abandoned at the match limit */
	/*
	 * What could not be found out (limits, look-ups without an answer) might lower the sum of
	 * the scores by how many thousandths; by which rules; and what kept them from being known:
	 * names of limits, "spf", "dkim", "dns", or "store".
	 */
	int32_t doubt;
	struct str_list doubtful_rules;
	struct str_list doubt_causes;
	/* Where a rule of `shortcircuit`, or its limits, ended the scan: the rule or empty, and
	 * "spam" or "ham"; NULL: not. */
	struct str shortcircuit_rule;
	const char *shortcircuit_type;
	/* By recipient, in the envelope's order: how much more the sum is for him, thousandths, by
	 * what he or his domain knows of the sender; NULL: it is the same for all. */
	const struct hits_change *changes;
	/* What the sender's history is told: the sum without rules of `tflags noautolearn`. */
	int32_t reputation;
	bool has_reputation;
	/* What DNS lists answered, as in the tag _RBL_: "<dns:NAME> [127.0.0.2]", lines. */
	struct str list_answers;
	vec_of(struct sub_hit) subs;   /* with ruleset_options.all_rules */
	const struct learned *learned; /* what was learned says; NULL where nobody asked */
	struct map *tags; /* what was captured and looked up; rules/match/message_tag.h; or NULL */
};

/* "scan-timeout", "match-limit", "no-scanner". */
const char *hits_limit_name(enum hits_limit limit);

#endif
