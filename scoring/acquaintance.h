/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the store knows of a message's sender, asked once, and what it is to each recipient.
 * Whatever speaks for him counts only if it is shown that the mail is his (facts/identity.h).
 */
#ifndef SCORING_ACQUAINTANCE_H
#define SCORING_ACQUAINTANCE_H

#include "facts/identity.h"
#include "scoring/policy.h"

/* Once the facts are complete, for these recipients. In the arena; NULL without a reader. */
const struct people *acquaintance_find(struct arena *arena, const struct policy *policy,
                                       const struct people_reader *reader,
                                       const struct facts *facts,
                                       const struct envelope_recipients *recipients,
                                       struct deadline deadline);

/* Whose lists are looked at for a recipient, and whose mail counts for him, the narrowest first:
 * his address, that without its extension, his domain, the site. */
void acquaintance_scopes(struct arena *arena, const struct settings *settings, struct str recipient,
                         struct str_list *scopes);

/* Where histories are for these recipients; false: nowhere, for they have no domain in common. */
bool acquaintance_history_scope(struct arena *arena, const struct settings *settings,
                                const struct envelope_recipients *recipients, struct str *scope_r);

/* The names of an author's two histories: of the address, and of all who have the same voucher. */
struct acquaintance_names {
	struct str author, voucher; /* empty: nobody vouches for him */
};
struct acquaintance_names acquaintance_names(struct arena *arena, const struct policy *policy,
                                             const struct identity *identity,
                                             const struct facts *facts);

/* The domain by which messages to an address, and those from it, are told to be one thread. */
struct str acquaintance_thread_domain(struct arena *arena, struct str address);

#endif
