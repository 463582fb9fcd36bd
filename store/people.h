/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who knows whom, in the store beside the records: lists that recipients and domains keep, whom our
 * users wrote to, how senders' mail scored. A connection of its own; used by one thread at a time.
 * Every function may block on the disk or network.
 */
#ifndef STORE_PEOPLE_H
#define STORE_PEOPLE_H

#include "facts/people.h"
#include "store/people_access.h"

struct people_store;

/* `uri` as store_open() takes it. NULL with the reason. */
struct people_store *people_open(const char *uri, enum people_access access, struct error *err_r);
void people_close(struct people_store *store);
/* False for a store that was never written: nobody knows anybody. */
bool people_exist(const char *uri);
/* Is it asked over a network? */
bool people_is_remote(const char *uri);

/* The answers, in the arena; false where the deadline passed or the store fails. */
bool people_read(struct people_store *store, struct arena *arena,
                 const struct people_question *question, struct deadline deadline,
                 struct people_answer *answer_r, struct error *err_r);

/* Keeps lessons, all or, after a failure, some of them. */
bool people_teach(struct people_store *store, const struct people_lesson *lessons, size_t count,
                  struct error *err_r);

/* Puts the entry into its list, and takes it out of the other. *changed_r: it was not there. */
bool people_enter(struct people_store *store, const struct people_entry *entry, bool *changed_r,
                  struct error *err_r);
/* Takes it out of that list. *changed_r: it was there. */
bool people_remove(struct people_store *store, const struct people_entry *entry, bool *changed_r,
                   struct error *err_r);
/* The entries of a list, by scope and pattern; `scope` NULL: of all. In the arena. */
bool people_show(struct people_store *store, struct arena *arena, enum people_list list,
                 const struct str *scope, struct people_entry_list *entries_r, struct error *err_r);

/* Removes at most some thousands of what was learned before, or is too much; *more_r: there is
 * more of it. */
bool people_expire(struct people_store *store, int64_t before_s, bool *more_r, struct error *err_r);

#endif
