/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that go on coming: server-sent events, an event for each new row with its HTML. Each stream
 * has a thread of the server, which asks the store again and again; it ends by itself after a
 * while, so that the browser comes anew and is judged anew.
 */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include <stdatomic.h>

#include "web/list_filter.h"

/* Streams at once; a further one is refused, and the page isn't live. */
#define LIVE_MAX 64

struct live_query;

/* What the page's list gets from now on; NULL where there are too many streams. Not in the page's
 * arena: live_free(). */
struct live_query *live_new(const struct page *page, const struct list_filter *filter,
                            struct error *err_r);
void live_free(struct live_query *live);

/*
 * Waits until there is something to send, and puts at most `max` bytes of it there: how many. 0 at
 * the end of the stream. Blocks for some seconds at most, and not at all once live_stop() has run.
 */
size_t live_read(struct live_query *live, char *out, size_t max);

/* All streams are to end soon; for the end of the process. */
void live_stop(void);

#endif
