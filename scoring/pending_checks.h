/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever is asked while a message arrives, as one pointer: begun with the envelope, handed to
 * assay_message(), or abandoned. At the front it is what the network says of client and sender, and
 * what rules ask lists; on
 * the hop, where the client is our own MTA, whether the sender may stay. One thread at a time.
 */
#ifndef SCORING_PENDING_CHECKS_H
#define SCORING_PENDING_CHECKS_H

#include "facts/checks.h"
#include "facts/dns_questions.h"
#include "scoring/sender_check.h"

struct pending_checks;

/* Never blocks, never NULL. */
struct pending_checks *pending_checks_begin(struct arena *arena, const struct policy *policy,
                                            const struct envelope *envelope,
                                            struct lookups *lookups);

/* The header section, then each piece of the body as it comes. */
void pending_checks_add_header(struct pending_checks *pending, struct str headers);
void pending_checks_add_body(struct pending_checks *pending, struct str piece);

/* What was asked for rules; NULL where nothing is. It stays with `pending`. */
struct dns_questions *pending_checks_questions(struct pending_checks *pending);

/* Each part is the caller's from then on, and NULL the next time, as it is of NULL. */
struct checks *pending_checks_take_facts(struct pending_checks *pending);
struct sender_check *pending_checks_take_sender(struct pending_checks *pending);

/* Ends what was not taken. Never blocks; NULL is allowed. */
void pending_checks_abandon(struct pending_checks *pending);

#endif
