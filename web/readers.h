/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections to the store that only read, for whoever answers a request: a store is used by one
 * thread at a time, and opening one for each request costs more than most requests. Thread-safe.
 */
#ifndef WEB_READERS_H
#define WEB_READERS_H

#include "store/store.h"

struct readers;

struct reader {
	struct store *store;
	int64_t opened_us; /* monotonic clock */
};

/* Opens nothing yet. `uri` must stay valid. */
struct readers *readers_new(const char *uri);
void readers_free(struct readers *readers);

/* One for this thread until readers_give_back(); false with the reason where the store can't be
 * opened. Blocks as long as opening takes. */
bool readers_borrow(struct readers *readers, struct reader *reader_r, struct error *err_r);
/* `works`: it can be lent again; what failed is closed. */
void readers_give_back(struct readers *readers, const struct reader *reader, bool works);

#endif
