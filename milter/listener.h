/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The listening sockets. libmilter opens and serves one; where several are configured, the others
 * are ours and libmilter's descriptor is replaced by an epoll set of all of them: listener.c says
 * how. Opened at start by the main thread, before privileges are dropped; there is one listener
 * in a process.
 */
#ifndef MILTER_LISTENER_H
#define MILTER_LISTENER_H

#include <sys/socket.h>

#include "base/error.h"
#include "base/socket.h"
#include "base/vec.h"
#include "scoring/settings.h"
#include "setup/setup.h"

struct listener_options {
	struct str_list addresses;
	struct socket_access access; /* to unix sockets */
};

/*
 * Opens them all, waiting a few seconds for a predecessor that is just stopping. Call after
 * smfi_register(). A failure is the end of the program: what was opened stays open.
 */
bool listener_open(struct arena *arena, const struct listener_options *options,
                   struct error *err_r);

/* How many there are. */
size_t listener_count(void);
/* Whether it is the descriptor that libmilter waits on. Thread-safe. */
bool listener_is_libmilters(int fd);
/* As accept4() on that. Waits a while and fails with EAGAIN where no more may be taken. */
int listener_accept(int fd, struct sockaddr *address, socklen_t *len, int flags);

/*
 * For who accepts in libmilter's stead: all of the sockets, as descriptors that give nothing where
 * nothing has come. Returns how many there are. Once, after listener_open(). From now on he closes
 * them, once listener_take() fails with EINVAL.
 */
size_t listener_take_over(int fds[SETUP_LISTEN_MAX], struct error *err_r);
/* The next connection of one of those, counted; -1 with errno where there is none, or no more may
 * be taken (admission.h); with EINVAL after listener_close(). */
int listener_take(int fd);
/* What libmilter takes for the address of a client on its socket. */
void listener_give_address(struct sockaddr *address, socklen_t *len);

/*
 * Refuses new connections from now on and removes unix sockets that are still ours, while the
 * sessions go on. smfi_main() doesn't return for that; `libmilter_runs`: it has not returned yet.
 */
void listener_close(bool libmilter_runs);

#endif
