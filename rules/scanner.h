/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All the mutable memory that matching one message needs, made for one rule set; and the bounded
 * pool of them. A scanner is borrowed and returned in the same function. The pool is thread-safe,
 * a scanner is its borrower's.
 */
#ifndef RULES_SCANNER_H
#define RULES_SCANNER_H

#include "base/deadline.h"
#include "rules/pattern.h"
#include "rules/prefilter.h"

/* The text of a field request, made when the first rule asks for it. */
struct field_value {
	bool made;
	bool present;
	struct str text;
};

struct scanner {
	struct scanner *next; /* in the pool's list of free ones */
	struct pattern_matcher *matcher;
	struct prefilter_scratch *scratch;
	size_t slots;
	double *values;      /* by slot: 0, or how often or how much a rule hit */
	struct str *matched; /* by slot: the text that matched, in the message or its arena */
	size_t field_count;
	struct field_value *fields; /* by number of the request */
};

struct scanner_pool;

/* What scanners of a rule set have to hold. */
struct scanner_shape {
	size_t slots;
	size_t fields;
	uint32_t match_limit;
	struct prefilter *const *prefilters; /* NULL among them are passed over */
	size_t prefilter_count;
};

/* Scanners are made when they are first needed; the prefilters must live as long. */
struct scanner_pool *scanner_pool_new(unsigned size, const struct scanner_shape *shape);
/* All scanners must have been returned. */
void scanner_pool_free(struct scanner_pool *pool);
/* A clean scanner, or NULL where none was free before the deadline. */
struct scanner *scanner_borrow(struct scanner_pool *pool, struct deadline deadline);
void scanner_return(struct scanner_pool *pool, struct scanner *scanner);

#endif
