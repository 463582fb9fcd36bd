/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One conversation with clamd (clamd(8), INSTREAM): a message goes there on a connection of its
 * own, and a line comes back. Nothing but clamd_await() and clamd_answers() waits. Used by one
 * thread at a time; the message must stay as it is until clamd_end().
 */
#ifndef FACTS_CLAMD_H
#define FACTS_CLAMD_H

#include <sys/socket.h>

#include "base/deadline.h"
#include "base/error.h"
#include "facts/clamd_reply.h"

struct clamd_address {
	struct sockaddr_storage bound;
	socklen_t len;
};

/* What a value begins with that names a clamd. */
#define CLAMD_SCHEME "clamd:"

/* Reads what follows it: "unix:/path", or "inet:ADDRESS:PORT" with an IP address, since names would
 * have to be asked for; `key` and `text` are for the sentence of *err_r. */
bool clamd_address_parse(struct arena *arena, const char *key, struct str text,
                         struct clamd_address *address_r, struct error *err_r);

enum clamd_state {
	CLAMD_TALKS,
	CLAMD_AWAY,     /* nobody takes the connection; `error` says why */
	CLAMD_HUNG_UP,  /* it ended without an answer */
	CLAMD_ANSWERED, /* `reply` is all of it */
	CLAMD_LIES,     /* what came is no answer, or came before all was sent */
};

struct clamd {
	enum clamd_state state;
	int error;                /* errno of CLAMD_AWAY */
	struct clamd_reply reply; /* CLAMD_CLEAN, CLAMD_FOUND or CLAMD_ERROR once it answered */
	/* The rest is clamd.c's. */
	const struct clamd_address *address;
	struct arena *arena;
	struct str message;
	int fd;
	size_t sent; /* bytes of what frames the message and of itself */
	char head[16], bytes[CLAMD_REPLY_MAX + 1];
	size_t head_len, bytes_len;
};

/* Connects, and sends what goes at once. In the arena; the address has to stay. */
struct clamd *clamd_begin(struct arena *arena, const struct clamd_address *address,
                          struct str message);
/* Goes on until there is an end to it, at most until the deadline; false where it still talks. What
 * has come already is taken whatever the deadline. */
bool clamd_await(struct clamd *clamd, struct deadline deadline);
/* Ends it, in whatever state. */
void clamd_end(struct clamd *clamd);

/* Does it live, that is, answer PING until the deadline? It does that however long it takes for
 * messages. */
bool clamd_answers(const struct clamd_address *address, struct deadline deadline);

#endif
