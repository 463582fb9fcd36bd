/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model of a scope: what learning its rows in their order gives. Whoever has the same rows has
 * the same model, bit for bit.
 */
#ifndef STORE_LESSONS_MODEL_H
#define STORE_LESSONS_MODEL_H

#include "store/lessons_snapshot.h"

/*
 * Makes it the replay of all rows that the scope has now: what is missing is learned, and where
 * rows were taken out, all are learned anew. A new one (zeroed) begins with this host's snapshot.
 * `bits` is the size of the model. Damaged rows are set aside by a journal that is open for
 * writing, and left out by others. False with the reason; then it is what it was, but for rows that
 * were added.
 *
 * 30 microseconds a row that is learned.
 */
bool lessons_model_update(struct lessons *lessons, const char *scope, unsigned bits,
                          struct lessons_model *model, struct error *err_r);
/* The same for a model that others read: gives another one where anything changed, which is the
 * caller's; else *next_r is `model`'s. */
bool lessons_model_next(struct lessons *lessons, const char *scope, unsigned bits,
                        const struct lessons_model *model, struct lessons_model *next_r,
                        struct error *err_r);

/* Writes this host's snapshot of it, where that is worth it: it has many rows more than the last.
 * Failure is no harm. */
void lessons_model_keep(const struct lessons *lessons, const char *scope,
                        struct lessons_model *model);

#endif
