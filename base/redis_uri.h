/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a Redis server is, and how to log in:
 *
 *	redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE[/NAME]][?OPTION=VALUE&…]
 *	rediss://…	the same over TLS; options ca, cert and key are files in PEM
 *	redis+unix://[[USER]:PASSWORD@]/PATH[?db=DATABASE&name=NAME&…]
 *	redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/MASTER[/DATABASE[/NAME]][?…]
 *	rediss+sentinel://…	both the sentinels and the servers over TLS
 *
 * An address of IPv6 stands in brackets. "%40" is "@" in USER and PASSWORD, and so on for every
 * byte. Pure; the texts are in the arena. Thread-safe.
 */
#ifndef BASE_REDIS_URI_H
#define BASE_REDIS_URI_H

#include "base/error.h"
#include "base/vec.h"

#define REDIS_URI_EXAMPLE "redis://USER:PASSWORD@HOST:PORT/DATABASE"

struct redis_option {
	struct str name;
	struct str value;
};

/* Who knows which server is the primary now. */
struct redis_sentinel {
	const char *host; /* without brackets */
	int port;         /* 26379 where none is given */
};

struct redis_uri {
	const char *host;   /* without brackets; NULL with a socket, or sentinels */
	int port;           /* 6379 where none is given */
	const char *master; /* what the sentinels call it; NULL without them */
	vec_of(struct redis_sentinel) sentinels;
	const char *socket;    /* a path, or NULL */
	bool tls;              /* then `host` must be in the server's certificate */
	const char *ca_file;   /* who signed that; or NULL: whom the system trusts */
	const char *cert_file; /* ours, with key_file; or NULL */
	const char *key_file;
	const char *user;     /* or NULL: "default" */
	const char *password; /* or NULL: without logging in */
	int database;
	const char *name;  /* what follows the database, or "" */
	const char *where; /* for messages: scheme, place and database, without the password */
	/* Those that the caller may know. */
	vec_of(struct redis_option) options;
};

/* True for the texts that begin as above. */
bool redis_uri_is(struct str text);
bool redis_uri_parse(struct arena *arena, struct str text, struct redis_uri *uri_r,
                     struct error *err_r);

/* The same at another address: where the server says that the one to be written to is. */
struct redis_uri redis_uri_at(struct arena *arena, const struct redis_uri *uri, const char *host,
                              int port);

#endif
