/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "redis://[:PASSWORD@]HOST[:PORT][/DATABASE[/NAME]]", over TCP. Pure; the texts are in the arena.
 * Thread-safe. */
#ifndef BASE_REDIS_URI_H
#define BASE_REDIS_URI_H

#include "base/error.h"

struct redis_uri {
	const char *host;
	int port;             /* 6379 where none is given */
	const char *password; /* or NULL */
	int database;
	const char *name; /* what follows the database, or "" */
};

/* `rest` is what follows "redis:". */
bool redis_uri_parse(struct arena *arena, struct str rest, struct redis_uri *uri_r,
                     struct error *err_r);

#endif
