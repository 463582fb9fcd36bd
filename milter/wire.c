/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

/*
 * For each packet libmilter asks three times whether there is something to read, reads five bytes,
 * and then the rest: 120 system calls for a message of 20 header fields, most of what a filter that
 * does nothing costs. Here the first read() takes all that has come, later ones are served from
 * that, and poll() doesn't ask the kernel about what we have. Memory for it is held only as long as
 * something is in it, so an idle connection takes none.
 *
 * Where libmilter should call other functions one day, nothing is lost but the gain: what read()
 * doesn't get, it doesn't keep.
 */

#define DESCRIPTORS 65536
#define READ_AHEAD  (16 * 1024)
#define PIECES_MAX  8
/* As long as libmilter waits for an MTA to read. */
#define WRITE_WAIT_MS (7210 * 1000)

struct wire {
	char *ahead; /* read and not yet asked for; NULL: nothing */
	size_t ahead_at, ahead_len;
	char *held; /* to be written with what comes next */
	size_t held_len, held_cap;
};

static _Atomic(struct wire *) wires[DESCRIPTORS];
static _Thread_local bool holds;

/* Their declarations have attributes that aren't ours to repeat. */
ssize_t read(int fd, void *data, size_t len);
int poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t writev(int fd, const struct iovec *pieces, int count);
int close(int fd);

static struct wire *wire_of(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS ? atomic_load(&wires[fd]) : NULL;
}

static void wire_free(struct wire *wire)
{
	if (wire == NULL)
		return;
	free(wire->ahead);
	free(wire->held);
	free(wire);
}

void wire_open(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		wire_free(atomic_exchange(&wires[fd], memory_calloc(1, sizeof(struct wire))));
}

int close(int fd)
{
	if (wire_of(fd) != NULL)
		wire_free(atomic_exchange(&wires[fd], NULL));
	return (int)syscall(SYS_close, fd);
}

void wire_hold(void)
{
	holds = true;
}

void wire_release(void)
{
	holds = false;
}

static ssize_t take_ahead(struct wire *wire, void *data, size_t len)
{
	size_t left = wire->ahead_len - wire->ahead_at;

	if (len > left)
		len = left;
	memcpy(data, wire->ahead + wire->ahead_at, len);
	wire->ahead_at += len;
	if (len == left) {
		free(wire->ahead);
		wire->ahead = NULL;
	}
	return (ssize_t)len;
}

ssize_t read(int fd, void *data, size_t len)
{
	struct wire *wire = wire_of(fd);
	ssize_t got;

	if (wire != NULL && wire->ahead != NULL && len > 0)
		return take_ahead(wire, data, len);
	if (wire == NULL || len == 0 || len >= READ_AHEAD)
		return syscall(SYS_read, fd, data, len);
	wire->ahead = memory_alloc(READ_AHEAD);
	got = syscall(SYS_read, fd, wire->ahead, (size_t)READ_AHEAD);
	if (got <= 0) {
		free(wire->ahead);
		wire->ahead = NULL;
		return got;
	}
	wire->ahead_at = 0;
	wire->ahead_len = (size_t)got;
	return take_ahead(wire, data, len);
}

static int ask_kernel(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec limit = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, count, timeout >= 0 ? &limit : NULL, NULL);
}

/* What needs no question to the kernel. */
static short known_events(const struct pollfd *pollfd)
{
	const struct wire *wire = wire_of(pollfd->fd);

	if (wire == NULL)
		return 0;
	if ((pollfd->events & POLLIN) != 0 && wire->ahead != NULL)
		return POLLIN;
	return (pollfd->events & POLLOUT) != 0 && holds ? POLLOUT : 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	bool known = false;
	int ready;

	for (nfds_t i = 0; i < count && !known; i++)
		known = known_events(&fds[i]) != 0;
	if (!known)
		return ask_kernel(fds, count, timeout);
	if (count > 1 && ask_kernel(fds, count, 0) < 0)
		return -1;
	ready = 0;
	for (nfds_t i = 0; i < count; i++) {
		fds[i].revents = (short)((count > 1 ? fds[i].revents : 0) | known_events(&fds[i]));
		ready += fds[i].revents != 0;
	}
	return ready;
}

static ssize_t hold(struct wire *wire, const struct iovec *pieces, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	while (wire->held_cap < wire->held_len + len) {
		wire->held_cap = wire->held_cap == 0 ? 1024 : wire->held_cap * 2;
		wire->held = memory_realloc(wire->held, wire->held_cap);
	}
	for (int i = 0; i < count; i++) {
		memcpy(wire->held + wire->held_len, pieces[i].iov_base, pieces[i].iov_len);
		wire->held_len += pieces[i].iov_len;
	}
	return (ssize_t)len;
}

static void drop_held(struct wire *wire)
{
	free(wire->held);
	wire->held = NULL;
	wire->held_len = wire->held_cap = 0;
}

/* The rest of what is held, where the MTA takes it slowly. */
static bool write_held(int fd, struct wire *wire, size_t written)
{
	while (written < wire->held_len) {
		struct pollfd output = { .fd = fd, .events = POLLOUT };
		struct iovec rest = { wire->held + written, wire->held_len - written };
		int ready = ask_kernel(&output, 1, WRITE_WAIT_MS);
		ssize_t n = ready > 0 ? syscall(SYS_writev, fd, &rest, 1) : -1;

		if (ready == 0)
			errno = ETIMEDOUT;
		if (n < 0 && (ready == 0 || (errno != EINTR && errno != EAGAIN)))
			return false;
		if (n > 0)
			written += (size_t)n;
	}
	drop_held(wire);
	return true;
}

static ssize_t write_with_held(int fd, struct wire *wire, const struct iovec *pieces, int count)
{
	struct iovec all[PIECES_MAX + 1] = { { wire->held, wire->held_len } };
	ssize_t n;

	memcpy(all + 1, pieces, (size_t)count * sizeof(*pieces));
	n = syscall(SYS_writev, fd, all, count + 1);
	if (n < 0)
		return n;
	if ((size_t)n > wire->held_len) {
		n -= (ssize_t)wire->held_len;
		drop_held(wire);
		return n;
	}
	return write_held(fd, wire, (size_t)n) ? syscall(SYS_writev, fd, pieces, count) : -1;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	struct wire *wire = wire_of(fd);

	if (wire != NULL && holds && count > 0)
		return hold(wire, pieces, count);
	if (wire == NULL || wire->held_len == 0 || count <= 0)
		return syscall(SYS_writev, fd, pieces, count);
	if (count <= PIECES_MAX)
		return write_with_held(fd, wire, pieces, count);
	return write_held(fd, wire, 0) ? syscall(SYS_writev, fd, pieces, count) : -1;
}
