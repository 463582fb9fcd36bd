/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an eval function is given: the message, what is known about it, what rule files say, and the
 * arguments of the rule. All of it is read only but for a cache, in which functions keep what they
 * share. Lives for one call, on the caller's stack; one thread.
 */
#ifndef RULES_MODEL_EVAL_CONTEXT_H
#define RULES_MODEL_EVAL_CONTEXT_H

#include "rules/model/eval_function.h"
#include "rules/model/ruleset_data.h"

struct match;

/* What functions count once per message and share. */
enum eval_cache_slot {
	EVAL_CACHE_MIME,
	EVAL_CACHE_ALTERNATIVES,
	EVAL_CACHE_RECIPIENTS,
	EVAL_CACHE_FREEMAIL,
	EVAL_CACHE_IMAGES,
	EVAL_CACHE_FROM_NAME,
	EVAL_CACHE_PDF,
	EVAL_CACHE_DATES,
	EVAL_CACHE_AUTHRES,
	EVAL_CACHE_SENDERS,
	EVAL_CACHE_CAPITALS,
	EVAL_CACHE_AUTHORS,
	EVAL_CACHE_COUNT,
};

/* In the message's arena; NULL: not made yet. */
struct eval_cache {
	void *values[EVAL_CACHE_COUNT];
};

struct eval_context {
	const struct ruleset *set; /* settings and lists of the rule files */
	const struct facts *facts;
	const struct message *message; /* the facts' */
	const struct learned *learned; /* NULL: not asked yet, or not enough to say anything */
	const struct rule *rule;       /* that calls */
	const struct eval_args *args;  /* the rule's */
	struct arena *arena;           /* the message's */
	struct eval_cache *cache;
	struct match *match; /* only to make header fields and to try patterns: eval.h */
};

#endif
