/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The entry of a list, as it stands in a signed link: "+PATTERN" for a sender who is welcome,
 * "-PATTERN" for one who is blocked. Whose list it is says the link's account. Pure; in the arena.
 */
#ifndef WEB_LIST_LINK_H
#define WEB_LIST_LINK_H

#include "facts/people.h"

struct str list_link_text(struct arena *arena, const struct people_entry *entry);
/* False where it is none, with the reason. The entry's scope is left empty. */
bool list_link_read(struct arena *arena, struct str text, struct people_entry *entry_r,
                    struct error *err_r);

#endif
