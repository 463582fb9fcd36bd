/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By which word the store keeps what a link does, so that whoever makes links knows which were used
 * up. Pure; thread-safe. */
#ifndef WEB_LINK_VERB_H
#define WEB_LINK_VERB_H

#include "store/act.h"
#include "web/signed_link.h"

/* "release", "welcome" …; empty for links that do nothing. A string that lives for ever. */
struct str link_verb(enum link_purpose purpose);

/* Whether the account's link for this was used: a link works once. */
bool link_verb_done(const struct act_list *acts, enum link_purpose purpose, struct str account);

#endif
