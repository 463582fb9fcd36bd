/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many connections there are, in all and of each client, and which of them came when there were
 * as many as there may be. Those are served, too: by being turned away. Thread-safe.
 */
#ifndef MILTER_CONNECTION_LIMITS_H
#define MILTER_CONNECTION_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "milter/overload_limit.h"

/* Before the first connection. `per_client` 0: no limit of its own. */
void connection_limits_init(size_t all, size_t per_client);

/* A connection was accepted. `peer` is NULL, or of another family than IP, where it has no address.
 */
void connection_limits_open(int fd, const struct sockaddr *peer);
/* It is closed; nothing where it isn't known. */
void connection_limits_close(int fd);

/* Which limit it is beyond: never one that had its place, and none once others have left theirs. */
enum overload_limit connection_limits_judge(int fd);

/* How many may be open at once, and how many are. */
size_t connection_limits_max(void);
size_t connection_limits_count(void);

/* What was negotiated for it: MAIL FROM gets an answer. */
void connection_limits_set_answers_mail(int fd, bool answers);
bool connection_limits_answers_mail(int fd);

#endif
