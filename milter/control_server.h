/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control socket (`control`): one thread answers all clients, one request each, and never waits
 * for any of them, nor mail for it. Who asks for a change is in the log. What goes wrong with it is
 * logged, and the filter serves mail without. One server in a process; its functions are called by
 * the main thread.
 */
#ifndef MILTER_CONTROL_SERVER_H
#define MILTER_CONTROL_SERVER_H

#include "base/socket.h"
#include "milter/service.h"

/*
 * Opens the socket for the account and its group, before privileges are dropped and after
 * libmilter's; an empty address: none. `mode` and the group of `socket_mode` and `socket_group` are
 * the MTA's and don't matter here.
 */
void control_server_open(struct arena *arena, struct str address, uid_t owner, gid_t group);

/* Starts the thread, where there is a socket, after that of reloads. `service` is used until
 * control_server_stop(). */
void control_server_start(const struct service *service);

/* Ends all connections and removes the socket. */
void control_server_stop(void);

#endif
