/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/pool_poll.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#include "base/deadline.h"

#define EVENTS_MAX 256

enum watch {
	UNKNOWN, /* not in the set */
	ARMED,
	FIRED, /* in the set, which tells nothing of it until it is armed again */
};

static int set = -1;
static _Atomic(unsigned char) watches[POOL_POLL_DESCRIPTORS];
static bool ready[POOL_POLL_DESCRIPTORS];

void pool_poll_forget(int fd)
{
	if (fd >= 0 && fd < POOL_POLL_DESCRIPTORS)
		atomic_store_explicit(&watches[fd], UNKNOWN, memory_order_relaxed);
}

/* It tells once: a descriptor that a thread works on is not to wake this one. */
static bool arm(int fd, int operation)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.fd = fd };

	/* One that libmilter had before is in the set, though nothing was heard of it since. */
	if (epoll_ctl(set, operation, fd, &event) != 0 &&
	    (errno != EEXIST || epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) != 0))
		return false;
	atomic_store_explicit(&watches[fd], ARMED, memory_order_relaxed);
	return true;
}

static bool arm_all(const struct pollfd *fds, nfds_t count)
{
	if (set < 0)
		set = epoll_create1(EPOLL_CLOEXEC);
	if (set < 0)
		return false;
	for (nfds_t i = 0; i < count; i++) {
		unsigned char watch =
			atomic_load_explicit(&watches[fds[i].fd], memory_order_relaxed);

		if (watch != ARMED &&
		    !arm(fds[i].fd, watch == UNKNOWN ? EPOLL_CTL_ADD : EPOLL_CTL_MOD))
			return false;
	}
	return true;
}

/* How many of the events are of descriptors that have something to be read. */
static int take_events(const struct epoll_event *events, int count, bool (*is_ready)(int fd))
{
	int found = 0;

	for (int i = 0; i < count; i++) {
		int fd = events[i].data.fd;

		atomic_store_explicit(&watches[fd], FIRED, memory_order_relaxed);
		ready[fd] = is_ready(fd) || !arm(fd, EPOLL_CTL_MOD);
		found += ready[fd];
	}
	return found;
}

static void tell_ready(struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++) {
		fds[i].revents = ready[fds[i].fd] ? POLLIN : 0;
		ready[fds[i].fd] = false;
	}
}

int pool_poll(struct pollfd *fds, nfds_t count, int timeout_ms, bool (*is_ready)(int fd))
{
	struct deadline deadline = deadline_in_ms(timeout_ms);
	struct epoll_event events[EVENTS_MAX];
	int found = 0;

	if (!arm_all(fds, count))
		return -1;
	while (found == 0) {
		int left = timeout_ms < 0 ? -1 : (int)deadline_left_ms(deadline);
		int n = epoll_wait(set, events, EVENTS_MAX, left);

		if (n <= 0)
			return n;
		found = take_events(events, n, is_ready);
	}
	tell_ready(fds, count);
	return found;
}
