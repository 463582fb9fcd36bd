/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a rule set asks the network about one message. Every kind of list comes down to the same:
 * ask a name for a rule, and when the answer is there, decide whether the rule hits. A kind is a
 * row of the table in ask.c and a file of its own. One thread at a time; nothing here blocks or
 * fails.
 */
#ifndef RULES_ASK_ASK_H
#define RULES_ASK_ASK_H

#include "facts/dns_questions.h"
#include "rules/match/match.h"
#include "rules/model/ask_function.h"

struct askdns_use;

/* One message, and what may be known of it. */
struct asking {
	const struct ruleset *set;
	const struct envelope *envelope; /* as given, or recovered; client, HELO, sender */
	struct arena *arena;             /* the message's */
	const struct facts *facts; /* NULL at MAIL FROM; no SPF, DKIM, DMARC before at_tags() */
	struct match *match;       /* NULL at MAIL FROM; captures are there at_tags() */
	const struct relay_list *relays; /* the facts'; at MAIL FROM the connection alone */
	const void *data;                /* what the kind that is being called made of the set */
	/* ask_askdns.c's; NULL before at_message(). */
	struct askdns_use *askdns_uses;
	size_t askdns_use_count;

	/* private */
	struct dns_questions *questions; /* NULL: nothing is asked */
	struct asked *asked;             /* all, the newest first */
	struct pattern_matcher *matcher; /* NULL: none was needed yet */
};

struct ask_kind {
	const char *name;
	/* Functions of its rules, up to one without a name. NULL: none. Their rules have
	 * rule->ask_function and rule->ask. */
	const struct ask_function *functions;
	/* Once all rules are compiled: what the kind needs to know of the set, in its arena. NULL
	 * where no rule of it is on: then nothing else is called. */
	void *(*compile)(struct ruleset *set);
	/* MAIL FROM: only the envelope is known. What is asked here is asked again at the end of
	 * the message, maybe by another rule set, and only the answer comes sooner: continuations
	 * are not called. NULL where there is nothing to ask then. */
	void (*at_envelope)(struct asking *asking);
	/* Relays, header, URIs are known; not yet SPF, DKIM, DMARC. May be NULL. */
	void (*at_message)(struct asking *asking);
	/* Local rules were matched and signatures judged. May be NULL. */
	void (*at_tags)(struct asking *asking);
};

/* The rows of the table, by their files ask_*.c. */
extern const struct ask_kind askdns_ask_kind;
extern const struct ask_kind asn_ask_kind;
extern const struct ask_kind hashbl_ask_kind;
extern const struct ask_kind rbl_ask_kind;
extern const struct ask_kind sender_ask_kind;
extern const struct ask_kind uri_local_ask_kind;
extern const struct ask_kind uribl_ask_kind;

/* Can a hit of the rule still matter: it is on, and shown or needed by a meta that is? */
bool ask_wants(const struct asking *asking, const struct rule *rule);

/*
 * Asks for a rule. `then(context, answer)` is called once the answer is there, never within this
 * call; what `context` points to is in the message's arena. False where nothing is asked: no
 * network, no name that can be asked for, a suspended list, or dns_query_restriction. An answer
 * that doesn't come, or is an error, is a rule that doesn't hit, and doubt where its score is
 * negative; so is a list that is suspended since nobody answers. `rule` may be NULL.
 */
bool ask_question(struct asking *asking, const struct rule *rule, struct str name,
                  enum dns_type type, dns_then *then, void *context);

/* The rule hits; `matched` is what reports show, in the message's arena or the set's, or empty. */
void ask_hit(struct asking *asking, const struct rule *rule, struct str matched);

/* For compile(): a zone that is looked up in is one of the process's lists; `used_for` are bits of
 * enum dns_list_kind. */
void ask_use_list(struct ruleset *set, struct str zone, unsigned used_for);

/* For patterns that answers are put to; the message's. */
struct pattern_matcher *ask_matcher(struct asking *asking);

/* For unit tests, before rule sets are loaded: one more kind; NULL: none. */
void ask_set_kind_of_test(const struct ask_kind *kind);

/* The row of a function that asks, or NULL. */
const struct ask_function *ask_find_function(struct str name);

/* For ruleset.c, in this order. */
void ask_compile(struct ruleset *set);
void ask_at_envelope(struct asking *asking);
void ask_at_message(struct asking *asking);
void ask_at_tags(struct asking *asking);
/* Notes in the match for which rules no answer came. */
void ask_finish(struct asking *asking);
/* Once all hits are known: stops questions as `dns_block_rule` says. */
void ask_apply_blocks(const struct match *match);

#endif
