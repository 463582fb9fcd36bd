/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The server of the page: sockets, connections and what HTTP asks for besides the content. It runs
 * in threads of its own; the page only reads.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "base/socket.h"
#include "web/web.h"

struct server;

/*
 * Opens the socket on the address of the setting `web`, refusing one that other hosts reach unless
 * `remote`. NULL with the reason.
 */
struct server *server_open(struct arena *arena, struct str address, bool remote,
                           const struct socket_access *access, struct error *err_r);

/* Begins to answer; false with the reason. `web` must stay until server_close(). */
bool server_start(struct server *server, const struct web *web, struct error *err_r);

/*
 * Removes a unix socket, takes no more connections and waits up to two seconds until those that
 * there are have their answer. False where some are left, and threads with them: then the process
 * has to end by _exit().
 */
bool server_close(struct server *server);

/* "http://127.0.0.1:8080/" or "unix:/path", for people. */
const char *server_text(struct arena *arena, const struct server *server);

#endif
