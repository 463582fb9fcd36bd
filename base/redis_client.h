/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection to a Redis server: over TCP, TLS, or a socket of the file system; logged in, and in
 * the URI's database. All of a command, with its answer, has a time limit. Used by one thread at a
 * time.
 */
#ifndef BASE_REDIS_CLIENT_H
#define BASE_REDIS_CLIENT_H

#include <stdarg.h>

#include "base/redis_uri.h"

struct redis_client;
struct redisReply;

struct redis_limits {
	int connect_ms;
	int command_ms;
};

/* NULL with the reason where there is no connection, or the server doesn't let us in. */
struct redis_client *redis_client_connect(const struct redis_uri *uri, struct redis_limits limits,
                                          struct error *err_r);
void redis_client_free(struct redis_client *client);

/*
 * The reply, to be freed with freeReplyObject(); it may be an error of the server. NULL with the
 * reason where there is none: then the connection is of no use any more.
 */
struct redisReply *redis_client_ask(struct redis_client *client, struct error *err_r,
                                    const char *format, ...);
struct redisReply *redis_client_ask_list(struct redis_client *client, struct error *err_r,
                                         const char *format, va_list arguments);
struct redisReply *redis_client_ask_argv(struct redis_client *client, size_t count,
                                         const char **texts, const size_t *lengths,
                                         struct error *err_r);
/* The same in two steps, so that the server works while we do; answers come in order. */
bool redis_client_send(struct redis_client *client, size_t count, const char **texts,
                       const size_t *lengths, struct error *err_r);
struct redisReply *redis_client_receive(struct redis_client *client, struct error *err_r);
/* Several commands in one piece: they are sent when an answer is received, or with the next command
 * that is sent. */
void redis_client_queue(struct redis_client *client, size_t count, const char **texts,
                        const size_t *lengths);

#endif
