/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal of what was learned, by scope: a model is the replay of a scope's rows in their
 * order. One interface; the scheme of a URI selects the backend ("sqlite:PATH", "redis://…"). A
 * journal is used by one thread at a time; any number of processes and hosts may use the same one.
 * Every function may block on the disk or network.
 */
#ifndef STORE_LESSONS_H
#define STORE_LESSONS_H

#include "base/error.h"
#include "learn/learn_key.h"
#include "store/lessons_rows.h"

struct lessons;

/* True where the URI names a backend that we have and is well formed. Opens nothing. */
bool lessons_check_uri(const char *uri, struct error *err_r);

/* Opens, and creates or migrates what is needed. */
struct lessons *lessons_open(const char *uri, struct error *err_r);
/* Opens for reading only; where nothing was ever learned, that is what it says of each scope. */
struct lessons *lessons_open_reader(const char *uri, struct error *err_r);
/* NULL is allowed. */
void lessons_close(struct lessons *lessons);

/* The key of the site's features. A writer makes it where there is none, durably; for a reader,
 * *exists_r is false then. */
bool lessons_key(struct lessons *lessons, unsigned char key_r[LEARN_KEY_BYTES], bool *exists_r,
                 struct error *err_r);
/* Makes this the key, where there is another one but no lessons under it. False where there are. */
bool lessons_take_key(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
                      struct error *err_r);

/*
 * Adds all rows in one transaction, and returns true once they are durable. Where the scope has the
 * same message, lesson_row_merge() decides; the rows get what it says. `outcomes_r` has a place for
 * each.
 */
bool lessons_add(struct lessons *lessons, const char *scope, struct lesson_row *rows, size_t count,
                 enum lesson_outcome *outcomes_r, struct error *err_r);

/* Takes a message out; *found_r: it was there. Durable. */
bool lessons_forget(struct lessons *lessons, const char *scope, const char *message, bool *found_r,
                    struct error *err_r);

/* Takes a row out that can't be used, and keeps it apart, for whoever may repair it. */
bool lessons_set_aside(struct lessons *lessons, const char *scope, struct lessons_position at,
                       struct error *err_r);

/* since_us for rows that are kept so many milliseconds: whole days, so that models are computed
 * anew once a day at most. */
int64_t lessons_oldest_kept(int64_t now_us, int64_t keep_ms);
/* Takes the oldest rows out until the scope is well within its limits, if it is beyond them. */
bool lessons_expire(struct lessons *lessons, const char *scope, const struct lessons_limits *limits,
                    size_t *dropped_r, struct error *err_r);

bool lessons_read_state(struct lessons *lessons, const char *scope, struct lessons_state *state_r,
                        struct error *err_r);
/* Calls visit for each scope that has rows, by name, until it returns false. */
bool lessons_read_scopes(struct lessons *lessons,
                         bool (*visit)(const char *scope, const struct lessons_state *state,
                                       void *context),
                         void *context, struct error *err_r);

bool lessons_read_counts(struct lessons *lessons, const char *scope,
                         struct lessons_counts *counts_r, struct error *err_r);

/* Calls visit for the rows of a scope from a position on, in order, until it returns false. */
bool lessons_read(struct lessons *lessons, const char *scope, struct lessons_position from,
                  bool (*visit)(const struct lessons_found *found, void *context), void *context,
                  struct error *err_r);
/* The same for the newest `count` rows, the newest first. */
bool lessons_read_newest(struct lessons *lessons, const char *scope, size_t count,
                         bool (*visit)(const struct lessons_found *found, void *context),
                         void *context, struct error *err_r);

/* True where anything may have changed since this was last asked; waits for it so long. */
bool lessons_wait(struct lessons *lessons, int timeout_ms);

/* Where this host keeps snapshots of models: what the names of their files begin with. */
const char *lessons_snapshot_prefix(const struct lessons *lessons);
/* For messages: the URI without a password. */
const char *lessons_name(const struct lessons *lessons);
/* Why what is acknowledged may yet be lost; "" where it is safe. Valid until the next call. */
const char *lessons_doubt(struct lessons *lessons);

#endif
