/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One message being matched: what rules and eval functions read, and the scanner that they work
 * with. One thread at a time.
 */
#ifndef RULES_MATCH_MATCH_H
#define RULES_MATCH_MATCH_H

#include "rules/match/scanner.h"
#include "rules/model/eval_context.h"

struct candidate_text;
struct learned_models;

/* The hit of a rule that asked the network. */
struct asked_hit {
	uint32_t slot;
	struct str matched;
};

struct match {
	const struct ruleset *set;
	struct arena *arena; /* the message's */
	const struct facts *facts;
	struct scanner *scanner;
	struct deadline deadline;
	struct hits *hits;
	const struct learned_models *models; /* what was learned; or NULL */
	bool learned;                        /* enough for scores of rules to count on it */
	bool opinion_missing;    /* rules that depend on what was learned can't be decided yet */
	const struct rule *rule; /* that is being tried */
	const struct pattern *pattern; /* the rule's */
	bool abandoned;                /* the rule, at the match limit */
	struct rule_list undecided;    /* rules that were abandoned, in order */
	bool local_done;               /* every local rule but metas was looked at */
	unsigned finished; /* bits of enum rule_type: every rule of it that may hit was looked at */
	size_t work;       /* on the rule's texts since the last look at the clocks */
	int64_t started_us;        /* time at the first such look; 0: none yet */
	int64_t started_thread_us; /* processor time then */
	double value;              /* hits of the rule so far */
	struct str matched;        /* in the first of them */
	unsigned tries;            /* of rules */
	vec_of(struct candidate_text) texts;
	struct str_list uri_texts; /* that uri rules match */
	bool uri_texts_made;
	struct map *field_texts; /* struct str, of requests that no rule has; NULL while none */
	struct eval_cache cache;
	vec_of(struct asked_hit) asked_hits;
	bool answers_missing; /* that rules asked the network for; such rules are undecided */
	struct map *captures; /* struct strbuf by name; see capture.h; NULL while there are none */
};

/* Notes that the rule being tried was not tried on all of its texts. */
void match_note_undecided(struct match *match);
/* Gives the rule up, at the match limit. */
void match_abandon_rule(struct match *match);

/* Is the pattern in the text? A pattern that is abandoned is noted in the hits, and isn't. */
bool match_pattern(struct match *match, const struct pattern *pattern, struct str text,
                   struct pattern_span *span_r);
/* The same after *span, as /g goes on. */
bool match_pattern_next(struct match *match, const struct pattern *pattern, struct str text,
                        struct pattern_span *span);
/* What the function of a rule is given. */
struct eval_context match_eval_context(struct match *match, const struct rule *rule);

#endif
