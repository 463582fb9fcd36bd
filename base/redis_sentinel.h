/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Redis Sentinel: processes that watch servers, and agree on which of them is the primary. Asked
 * anew for each connection, as it may be another one by then. Thread-safe.
 */
#ifndef BASE_REDIS_SENTINEL_H
#define BASE_REDIS_SENTINEL_H

#include "base/redis_client.h"

/*
 * A URI that names sentinels with the address of its primary now, as the first sentinel tells that
 * answers and knows one, beginning with another of them each second; in the arena. False with the
 * reason, of each sentinel. One that wants a login gets the URI's. It may not have noticed yet that
 * the primary is dead, or has become a replica: whoever writes asks that server, too. The limits
 * hold for each sentinel.
 */
bool redis_sentinel_ask(struct arena *arena, const struct redis_uri *uri,
                        struct redis_limits limits, struct redis_uri *uri_r, struct error *err_r);

/*
 * The same; where none answers, what one told last in this process, and the trouble "sentinels"
 * says so. A URI without sentinels is returned as it is.
 */
bool redis_sentinel_find(struct arena *arena, const struct redis_uri *uri,
                         struct redis_limits limits, struct redis_uri *uri_r, struct error *err_r);

/* The address in an answer to SENTINEL GET-MASTER-ADDR-BY-NAME; the host is in the arena. False for
 * any other. */
bool redis_sentinel_read(struct arena *arena, const struct redisReply *reply, const char **host_r,
                         int *port_r);

#endif
