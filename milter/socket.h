/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The addresses on which the MTA reaches the filter, and listening sockets on them. Accepts
 * libmilter's forms (unix:/path, local:/path, inet:port@host, inet6:port@host) and Postfix's
 * (inet:host:port, inet:[::1]:port), so that the same text can stand in both files. Used at start,
 * by one thread. Fails with a sentence for the operator.
 */
#ifndef MILTER_SOCKET_H
#define MILTER_SOCKET_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/deadline.h"
#include "base/error.h"

struct socket_address {
	struct str text;  /* the key and its value, as the operator wrote it, for messages */
	int family;       /* AF_UNIX, AF_INET, AF_INET6 */
	const char *path; /* AF_UNIX */
	const char *host; /* the others: a name or number; "0.0.0.0" or "::" for all addresses */
	const char *port;
	/* Set by socket_resolve(). */
	struct sockaddr_storage bound;
	socklen_t bound_len;
};

/* Who may use a unix socket. */
struct socket_access {
	mode_t mode;
	uid_t owner; /* (uid_t)-1: as created */
	gid_t group; /* (gid_t)-1: as created */
};

/* Reads one address, the value of `key`, into the arena. Asks no name server. */
bool socket_parse(struct arena *arena, const char *key, struct str text,
                  struct socket_address *address_r, struct error *err_r);

/* Fills `bound`; may ask a name server for the host. */
bool socket_resolve(struct socket_address *address, struct error *err_r);

/* The address in the form that smfi_setconn() reads, resolved. */
const char *socket_libmilter_text(struct arena *arena, const struct socket_address *address);

/*
 * Waits until a predecessor has left the address, at most until the deadline, and removes the
 * unix socket that one left behind: only if it is a socket and nobody answers on it.
 */
bool socket_make_way(const struct socket_address *address, struct deadline deadline,
                     struct error *err_r);

/* A bound, listening, close-on-exec socket; -1 with the reason. Call socket_make_way() first. */
int socket_listen(const struct socket_address *address, mode_t mode, struct error *err_r);

/* Gives a unix socket that was just opened its owner, group and permissions. */
bool socket_give(const struct socket_address *address, const struct socket_access *access,
                 struct error *err_r);

#endif
