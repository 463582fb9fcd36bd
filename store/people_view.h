/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one reader may see of the lists of senders, as store_view.h is for records. */
#ifndef STORE_PEOPLE_VIEW_H
#define STORE_PEOPLE_VIEW_H

#include "base/error.h"
#include "facts/people.h"

/* True where a list of that scope is the account's: its own or, of a domain, that of an address in
 * it. Lower case. */
bool people_view_has(struct str account, struct str scope);

/*
 * The entries that are an account's, those who are welcome first; an empty account is for staff: of
 * all. `uri` as store_open() takes it; none is no error. In the arena; blocks on the disk or
 * network; thread-safe.
 */
bool people_view_show(const char *uri, struct arena *arena, struct str account,
                      struct people_entry_list *entries_r, struct error *err_r);

#endif
