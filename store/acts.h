/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people did about a message that was scored: released it after it was dropped, said that its
 * score is right or wrong. In the store beside the records, each act once for a message and
 * recipient, however many people and hosts try. A connection of its own; used by one thread at a
 * time. Every function may block on the disk or network.
 */
#ifndef STORE_ACTS_H
#define STORE_ACTS_H

#include "store/act.h"
#include "store/record.h"

struct acts_store;

/* `uri` as store_open() takes it; a file has to be there. NULL with the reason. */
struct acts_store *acts_open(const char *uri, struct error *err_r);
/* The same for acts_read() and acts_close() alone, with no right to write; where nobody has done
 * anything yet, it is empty. */
struct acts_store *acts_open_reader(const char *uri, struct error *err_r);
/* NULL is allowed. */
void acts_close(struct acts_store *store);

enum act_beginning {
	ACT_BEGUN,     /* durable; the caller goes on, and says how it ended */
	ACT_WAS_BEGUN, /* by somebody before: *before_r, in the arena */
	ACT_FAILED,    /* the store fails, *err_r says how */
};
/* `again`: also where it was begun before, *before_r then says by whom; else its recipient is
 * empty.
 */
enum act_beginning acts_begin(struct acts_store *store, struct arena *arena, const struct act *act,
                              bool again, struct act *before_r, struct error *err_r);
/* It is done, at act->done_us. */
bool acts_finish(struct acts_store *store, const struct act *act, struct error *err_r);
/* It surely wasn't done: it is as before it was begun. */
bool acts_take_back(struct acts_store *store, const struct act *act, const struct act *before,
                    struct error *err_r);

/* All about a message, in the arena. */
bool acts_read(struct acts_store *store, struct arena *arena, struct str scan_id,
               struct act_list *acts_r, struct error *err_r);
/* What was done about the recipient of a record, by where the message would have gone or whose it
 * is; NULL: nothing. */
const struct act *acts_find(const struct act_list *acts, struct str verb,
                            const struct record *record);

#endif
