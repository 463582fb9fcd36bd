/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is asked of the network about a message, in one object: begun with the envelope, while the
 * message arrives, completed when it is there, awaited once with one deadline, or abandoned. A
 * check is a row of the table in checks.c, a file of its own, and what it finds out in struct
 * facts. An object is one message's and is used by one thread at a time; the answers come on
 * others.
 */
#ifndef FACTS_CHECKS_H
#define FACTS_CHECKS_H

#include "facts/facts.h"

/* What a check may know. */
struct check_context {
	const struct facts_settings *settings;
	const struct envelope *envelope; /* as the MTA gave it */
	struct lookups *lookups;         /* NULL: nothing more is asked */

	/* The rest only once the message is there. */
	struct arena *arena; /* the message's */
	const struct facts_input *input;
	struct facts *facts; /* without what the network says, but for the rows above */
};

/* Nothing here blocks but finish(), until its deadline. */
struct check_kind {
	const char *name;
	/* With the envelope; NULL, or a result of NULL: nothing can be asked yet. */
	void *(*begin)(const struct check_context *context);
	/* With the header section, as the MTA has it, and each piece of the body as it comes, the
	 * same bytes that the message will have; NULL: the check has no use for them. */
	void (*add_header)(void *check, struct str headers);
	void (*add_body)(void *check, struct str piece);
	/* With the message: `check` is from begin(), or NULL. What finish() gets; NULL: nothing is
	 * waited for. */
	void *(*complete)(const struct check_context *context, void *check);
	bool (*is_done)(void *check);
	/* Fills the facts, and ends the use of `check`. */
	void (*finish)(const struct check_context *context, void *check, struct deadline deadline);
	void (*abandon)(void *check);
};

extern const struct check_kind spf_check_kind;
extern const struct check_kind dkim_check_kind;
extern const struct check_kind forwarder_check_kind;
extern const struct check_kind authserv_check_kind;
extern const struct check_kind dmarc_check_kind;
extern const struct check_kind authserv_dmarc_check_kind;

struct checks;

/* Begins what the envelope is enough for. Never NULL. */
struct checks *checks_begin(const struct check_context *context);
/* Tells of the header section and of pieces of the body, in this order. */
void checks_add_header(struct checks *checks, struct str headers);
void checks_add_body(struct checks *checks, struct str piece);
/* Begins the rest, once the message is there. `checks` is from checks_begin(), or NULL: then it is
 * begun here; never NULL. */
struct checks *checks_complete(const struct check_context *context, struct checks *checks);
/* Is every answer there? After checks_complete(). */
bool checks_done(const struct checks *checks);
/* Waits for all until the deadline, fills the facts, and frees `checks`. */
void checks_finish(const struct check_context *context, struct checks *checks,
                   struct deadline deadline);
/* Never blocks; NULL is allowed. */
void checks_abandon(struct checks *checks);

/* Until when the DNS may be waited for, of the time that is left for the message. */
struct deadline checks_waiting_ends(struct deadline deadline);

#endif
