/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Metrics for Prometheus over HTTP (`metrics`), at /metrics: one thread of libmicrohttpd's, for a
 * few connections at a time. What goes wrong with it is logged, and mail is served without. One
 * server in a process; its functions are called by the main thread.
 */
#ifndef MILTER_METRICS_SERVER_H
#define MILTER_METRICS_SERVER_H

#include "base/socket.h"
#include "milter/service.h"

/* Opens the socket, before privileges are dropped; an empty address: none. */
void metrics_server_open(struct arena *arena, struct str address,
                         const struct socket_access *access);
/* Answers from now on. `service` is used until metrics_server_stop(). */
void metrics_server_start(const struct service *service);
void metrics_server_stop(void);

#endif
