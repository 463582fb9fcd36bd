/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The addresses that configurations name, of sockets to listen on. Accepts libmilter's forms
 * (unix:/path, local:/path, inet:port@host, inet6:port@host) and Postfix's (inet:host:port,
 * inet:[::1]:port), so that the same text can stand in both files. Fails with a sentence for the
 * operator. Thread-safe.
 */
#ifndef BASE_SOCKET_ADDRESS_H
#define BASE_SOCKET_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/vec.h"

struct socket_address {
	struct str text;    /* the key and its value, as the operator wrote it, for messages */
	const char *prefix; /* what stands before the address in such a value; or empty */
	int family;         /* AF_UNIX, AF_INET, AF_INET6 */
	const char *path;   /* AF_UNIX */
	const char *host;   /* the others: a name or number; "0.0.0.0" or "::" for all addresses */
	const char *port;
	/* Not set by socket_address_parse(). */
	struct sockaddr_storage bound;
	socklen_t bound_len;
};

/* Reads one address, the value of `key`, into the arena. Asks no name server. */
bool socket_address_parse(struct arena *arena, const char *key, struct str text,
                          struct socket_address *address_r, struct error *err_r);

/* The same of a value that begins with a prefix, which `text` is without: "clamd:" of
 * clamd:inet:127.0.0.1:3310. Messages have it. */
bool socket_address_parse_behind(struct arena *arena, const char *key, const char *prefix,
                                 struct str text, struct socket_address *address_r,
                                 struct error *err_r);

#endif
