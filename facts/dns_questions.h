/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The questions of one message: each (name, type) goes out once, whoever asks for it; what is to
 * happen with an answer runs on the thread that waits, and may ask more. Lives from MAIL FROM to
 * the end of the message. One thread at a time; answers come on the resolver's, which only puts
 * them on a list.
 */
#ifndef FACTS_DNS_QUESTIONS_H
#define FACTS_DNS_QUESTIONS_H

#include "base/vec.h"
#include "facts/dns.h"
#include "facts/dns_list.h"

struct dns_questions;

/* Gets the answer, which lives until dns_questions_free(); within dns_questions_run() only. */
typedef void dns_then(void *context, const struct dns_answer *answer);

/*
 * How long a question may take, in milliseconds: `most` while no other has been answered, towards
 * `least` as the last of them is missing (SpamAssassin's rbl_timeout).
 */
struct dns_patience {
	int64_t most_ms;
	int64_t least_ms;
};

#define DNS_DEFAULT_WAIT_MS 10000
/* `least` where only `most` is said. */
#define DNS_LEAST_OF_MOST 5

/* What is left of the patience with this many of the questions answered. */
int64_t dns_patience_ms(struct dns_patience patience, size_t answered, size_t asked);

/* `dns` must live until dns_free(), which ends what is still on its way. */
struct dns_questions *dns_questions_new(struct dns *dns);
/* From now on names below lists of the set are not asked for where the list is suspended, and their
 * answers are counted. The set must live while there is asked; NULL: none. */
void dns_questions_use_lists(struct dns_questions *questions, const struct dns_list_set *lists);
/* Never blocks; NULL is allowed. */
void dns_questions_free(struct dns_questions *questions);

/*
 * Asks, with the next dns_questions_send() or dns_questions_run(). `then` NULL: only so that the
 * answer is there when it is asked for again. False, without a question, where the name can't be
 * asked for, or its list is suspended. Never blocks, and never calls `then` itself.
 */
bool dns_questions_ask(struct dns_questions *questions, struct str name, enum dns_type type,
                       dns_then *then, void *context);
/* Lets the questions go out that were asked by now, together. */
void dns_questions_send(struct dns_questions *questions);

/* Is somebody waiting for an answer that isn't there? */
bool dns_questions_open(struct dns_questions *questions);

/* Another patience for what is within a zone; the tightest zone counts. */
struct dns_zone_patience {
	struct str zone; /* in lower case */
	struct dns_patience patience;
};
/* For dns_questions_run(); `zones` must stay until it has returned. */
void dns_questions_set_zones(struct dns_questions *questions, const struct dns_zone_patience *zones,
                             size_t count);

/* Calls what waits for the answers as they come, until none is missing or the patience or the
 * deadline ends. Blocks that long at most. */
void dns_questions_run(struct dns_questions *questions, struct dns_patience patience,
                       struct deadline deadline);
/* The same, but not longer than until something else has come, which is looked for at each answer
 * and now and then. */
typedef bool dns_has_come(const void *context);
void dns_questions_run_until(struct dns_questions *questions, struct dns_patience patience,
                             struct deadline deadline, dns_has_come *has_come, const void *context);

/* Of the questions that somebody waits for, those without an answer, as "NAME TYPE"; copies in the
 * arena. */
void dns_questions_late(struct dns_questions *questions, struct arena *arena,
                        struct str_list *late_r);
/* How many questions went out or were answered from the cache. */
size_t dns_questions_count(const struct dns_questions *questions);

#endif
