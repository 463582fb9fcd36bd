/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the terms of SPF records mean: who has a record, and whether one of its mechanisms matches
 * the client, within the limits of RFC 7208 section 4.6.4. The order of terms and what follows
 * from them is libspf2's business, in spf.c. One struct spf_eval is one pass by one thread: where
 * an answer is not here yet the pass is over (`pending`), and another one begins later.
 */
#ifndef FACTS_SPF_EVAL_H
#define FACTS_SPF_EVAL_H

#include "facts/spf_macro.h"
#include "facts/spf_record.h"
#include "facts/spf_result.h"

/* Who is asked about: the same in each pass. */
struct spf_identity {
	struct spf_client client;
	struct str pretty_ip; /* "192.0.2.1", "2001:db8::1" */
	struct str macro_ip;  /* "192.0.2.1", "2.0.0.1.0.D.B.8.…" */
	struct str sender;    /* never empty */
	struct str local;
	struct str domain;
	struct str helo;
	struct str receiver;
	struct str time;
};

/* A record in the tree of includes and redirects. */
struct spf_node {
	const struct spf_record *record;
	struct str domain;           /* whose it is; canonical */
	const struct spf_token *via; /* the term that led here; NULL for the first */
	bool top;                    /* reached by redirects only */
};

/* A term of a record, as the question that the evaluator asks. */
struct spf_token {
	const struct spf_node *node;
	size_t term; /* node->record->len: its redirect */
};

/* An answer, or NULL where it is not here yet; names are canonical. */
typedef const struct dns_answer *spf_ask(void *context, struct str name, enum dns_type type);

struct spf_eval {
	struct arena *arena; /* of the pass */
	const struct spf_identity *identity;
	spf_ask *ask;
	void *ask_context;

	bool pending; /* the pass is over for want of an answer */
	bool decided; /* the pass is over with `status` and `problem` */
	enum spf_status status;
	struct str problem;

	unsigned terms;
	unsigned void_lookups;
	vec_of(struct spf_token) tokens;
	vec_of(struct spf_lookup) lookups;
	const struct spf_node *top;      /* the last one that redirects led to */
	const struct spf_token *matched; /* the last term that matched */
	bool has_client_names;
	struct str_list client_names; /* validated: section 5.5 */
};

/* The pass is over: an answer is missing, or the result is known. */
static inline bool spf_eval_over(const struct spf_eval *eval)
{
	return eval->pending || eval->decided;
}

/* More than one label, and nothing that no name of a mail domain has: section 4.3. */
bool spf_domain_valid(struct str domain);

/* Room for tokens: so many that their addresses stay the same for the pass. */
void spf_eval_init(struct spf_eval *eval, struct arena *arena, const struct spf_identity *identity,
                   spf_ask *ask, void *ask_context);
/*
 * The record of the identity's domain (via NULL), or of an include's or redirect's target. NULL
 * where the pass is over.
 */
const struct spf_node *spf_eval_open(struct spf_eval *eval, const struct spf_token *via);
/* Adds a token for a term; NULL with the pass over where there are too many. */
const struct spf_token *spf_eval_token(struct spf_eval *eval, const struct spf_node *node,
                                       size_t term);
/* Whether a mechanism (not include) matches; false where the pass is over. */
bool spf_eval_matches(struct spf_eval *eval, const struct spf_token *token);
/* The text of exp= of the record that redirects led to last: printable, or empty. */
struct str spf_eval_explanation(struct spf_eval *eval);

#endif
