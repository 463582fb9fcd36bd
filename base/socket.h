/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listening sockets on the addresses where the MTA reaches the filter. Used at start, by one
 * thread. Fails with a sentence for the operator.
 */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

#include <sys/types.h>

#include "base/deadline.h"
#include "base/error.h"
#include "base/socket_address.h"
#include "base/vec.h"

/* Who may use a unix socket. */
struct socket_access {
	mode_t mode;
	uid_t owner; /* (uid_t)-1: as created */
	gid_t group; /* (gid_t)-1: as created */
};

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

/* Whether a descriptor is a socket that listens on the address. */
bool socket_listens(int fd, const struct socket_address *address);

/* Gives a unix socket that was just opened its owner, group and permissions. */
bool socket_give(const struct socket_address *address, const struct socket_access *access,
                 struct error *err_r);

#endif
