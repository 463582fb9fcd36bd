/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All the mutable memory that matching one message needs, made for one rule set; and the bounded
 * pool of them. The pool is thread-safe. A scanner belongs to its borrower, who returns it before
 * waiting for anything.
 */
#ifndef RULES_MATCH_SCANNER_H
#define RULES_MATCH_SCANNER_H

#include "base/semaphore.h"
#include "rules/expr/expr_tristate.h"
#include "rules/regex/pattern.h"
#include "rules/regex/prefilter.h"

/* The text of a field request, made when the first rule asks for it. */
struct field_value {
	bool made;
	bool present;
	bool tried; /* the rules about it */
	struct str text;
};

/* By slot: the first and last of a rule's struct candidate_text, see candidates.h; 0: none. */
struct candidate {
	uint32_t first;
	uint32_t last;
};

/* What trying a rule cost, over all messages. */
struct rule_cost {
	uint64_t tries; /* messages on which it was tried */
	uint64_t hits;
	uint64_t ns;
};

/* What scanners of a rule set have to hold. */
struct scanner_shape {
	size_t slots;
	size_t fields;
	size_t metas;
	size_t meta_steps;             /* of the longest meta */
	const uint64_t *pending_metas; /* of a new message */
	uint32_t match_limit;
	bool profile; /* measure the cost of rules */
	struct prefilter *const *prefilters;
	size_t prefilter_count;
};

struct scanner {
	struct scanner *next;           /* in the pool's list of free ones */
	struct semaphore_permit permit; /* the borrower's */
	struct pattern_matcher *matcher;
	struct prefilter_scratch *scratch;
	/* By slot: whether a rule hit, of enum tristate; how often or how much it hit, or can hit
	 * where that is not known yet; the slots where that is not 0; the texts that matched, in
	 * the message or its arena. */
	unsigned char *tristates;
	struct range *ranges;
	uint32_t *touched;
	size_t touched_count;
	struct str *matched;
	/* By slot; and the slots that have any. */
	struct candidate *candidates;
	uint32_t *candidate_slots;
	size_t candidate_count;
	uint64_t *pending; /* a bit for each meta, by number; see lazy_meta.h */
	bool deciding;
	struct range *step_ranges; /* of the meta that is looked at */
	unsigned char *step_tristates;
	uint64_t *refreshed; /* by number of the meta: the round in which it was computed again */
	uint64_t round;
	uint32_t *wanted; /* metas */
	size_t wanted_count;
	struct field_value *fields; /* by number of the request */
	struct rule_cost *costs;    /* by slot; NULL: not measured */
};

struct scanner_pool;

/* Scanners are made when they are first needed; the prefilters must live as long. */
struct scanner_pool *scanner_pool_new(unsigned size, const struct scanner_shape *shape);
/* All scanners must have been returned. */
void scanner_pool_free(struct scanner_pool *pool);
/* How many there are, are borrowed, and are waited for. */
void scanner_pool_count(struct scanner_pool *pool, struct semaphore_counts *counts_r);
/* A clean scanner, or NULL where none was free before the deadline. */
struct scanner *scanner_borrow(struct scanner_pool *pool, struct deadline deadline);
void scanner_return(struct scanner_pool *pool, struct scanner *scanner);

/* What a scanner knows about a message, kept while the message waits without one. */
struct parked_scanner;
/* Copies it into the message's arena and returns the scanner. */
struct parked_scanner *scanner_park(struct scanner_pool *pool, struct scanner *scanner,
                                    struct arena *arena);
/* Another scanner that knows the same; NULL where none was free before the deadline. */
struct scanner *scanner_resume(struct scanner_pool *pool, const struct parked_scanner *parked,
                               struct deadline deadline);

/* Adds what rules cost so far, in all scanners that were returned, to costs[slots]. */
void scanner_pool_add_costs(struct scanner_pool *pool, struct rule_cost *costs);
/* Before the first value of a slot is set. */
void scanner_touch(struct scanner *scanner, size_t slot);

#endif
