/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hashes of a body for all signatures of a message, made in one pass while the body arrives: a
 * state of fixed size for each way in which any signature wants it hashed. What is made of the
 * pieces is what would be made of the whole. One thread an object.
 */
#ifndef FACTS_DKIM_BODIES_H
#define FACTS_DKIM_BODIES_H

#include "facts/dkim_signature.h"

struct dkim_bodies;

/* By the signatures of a header section; NULL: none needs the body. */
struct dkim_bodies *dkim_bodies_start(struct str headers);
/* The next piece; NULL is allowed. */
void dkim_bodies_add(struct dkim_bodies *bodies, struct str piece);
/* There are no more pieces: is this the whole body that they were of? Otherwise the hashes are of
 * no use. */
bool dkim_bodies_finish(struct dkim_bodies *bodies, struct str body);
/* The hash for a signature, of what was finished; false: none was made. */
bool dkim_bodies_find(const struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit,
                      struct dkim_body_hash *hash_r);
void dkim_bodies_free(struct dkim_bodies *bodies);

#endif
