/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SRS tables for Postfix, on a socket of their own (srs_socketmap): one thread serves all
 * clients, and pins the policy for each request, so that secrets change with a reload. Clients may
 * stay for as long as they ask; of too many, the one that has been quiet for the longest time goes.
 * One server in a process; its functions are called by the main thread.
 */
#ifndef MILTER_SRS_SERVER_H
#define MILTER_SRS_SERVER_H

#include "base/socket.h"
#include "milter/service.h"

/* Opens the socket, before privileges are dropped and after libmilter's; an empty address: none. */
bool srs_server_open(struct arena *arena, struct str address, const struct socket_access *access,
                     struct error *err_r);

/* Starts the thread, where there is a socket. `service` is used until srs_server_stop(). */
bool srs_server_start(const struct service *service, struct error *err_r);

/* Ends all connections and removes the socket. */
void srs_server_stop(void);

#endif
