/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How libmilter's pool of threads waits for all its connections at once. It names all of them each
 * time, which costs the system a look at each; here they stay in one epoll set, so those that are
 * idle cost next to nothing. What has come of a packet that isn't whole yet wakes no thread.
 */
#ifndef MILTER_POOL_POLL_H
#define MILTER_POOL_POLL_H

#include <poll.h>
#include <stdbool.h>

/* Higher descriptors can't be waited for. */
#define POOL_POLL_DESCRIPTORS 65536

/* As poll() for reading, of descriptors below POOL_POLL_DESCRIPTORS; one that is_ready() is
 * false of has nothing to read though something came. -1 with errno ENOSPC or ENOMEM where the
 * system has no room for a set. For one thread. */
int pool_poll(struct pollfd *fds, nfds_t count, int timeout_ms, bool (*is_ready)(int fd));

/* A descriptor is closed, and the next one of this number is another. Thread-safe. */
void pool_poll_forget(int fd);

#endif
