/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/wire.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_limit.h"
#include "base/memory.h"
#include "milter/packet.h"
#include "milter/workers.h"

/*
 * For each packet libmilter asks three times whether there is something to read, reads five bytes,
 * and then the rest: 120 system calls for a message of 20 header fields, most of what a filter that
 * does nothing costs. Here the first question reads all that has come, what follows is served from
 * that, and poll() asks the kernel only where there is nothing. Memory for it is held only as long
 * as something is in it, so an idle connection takes none. Before it writes, libmilter asks whether
 * it may; it always may, and writev() waits if need be.
 *
 * Each packet is checked on its way (packet.h). Of one that is malformed libmilter never gets the
 * last byte but the end of the connection, as if the MTA had closed it.
 *
 * The system is called directly for all of it but close(): by that the thread sanitizer knows
 * where a descriptor's life ends, also one that a library on another thread opened.
 *
 * Where libmilter should call other functions one day, nothing is lost but the gain and the check:
 * poll() reads ahead only for a connection that read() was called for, so what is kept is asked
 * for. wire_sees_packets() tells.
 */

#define READ_AHEAD           (16 * 1024)
#define PIECES_MAX           8
#define REFUSALS_INTERVAL_US (INT64_C(10) * 1000000)
/* As long as the rest of a packet may take before another thread is added. */
#define LATE_MS 100
/* As long as libmilter waits for an MTA to read. */
#define WRITE_WAIT_MS (7210 * 1000)

struct wire {
	struct packet_check packets;
	bool is_read; /* read() has been called for it */
	bool refused; /* after a malformed packet: at its end for libmilter, too */
	char *ahead;  /* read and not yet asked for; NULL: nothing */
	size_t ahead_at, ahead_len;
	char *held; /* to be written with what comes next */
	size_t held_len, held_cap;
};

static _Atomic(struct wire *) wires[WIRE_DESCRIPTORS];
static _Thread_local bool holds;
static _Thread_local void (*tell)(void *context, bool written);
static _Thread_local void *tell_context;
static atomic_bool sees_packets;
static atomic_size_t open_count;

/* Their declarations have attributes that aren't ours to repeat. */
ssize_t read(int fd, void *data, size_t len);
int poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t writev(int fd, const struct iovec *pieces, int count);
int close(int fd);

/* The thread sanitizer's. */
extern int __interceptor_close(int fd) __attribute__((weak));

static struct wire *wire_of(int fd)
{
	return fd >= 0 && fd < WIRE_DESCRIPTORS ? atomic_load(&wires[fd]) : NULL;
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
	struct wire *old;

	assert(fd >= 0 && fd < WIRE_DESCRIPTORS);
	old = atomic_exchange(&wires[fd], memory_calloc(1, sizeof(struct wire)));
	wire_free(old);
	if (old == NULL)
		atomic_fetch_add(&open_count, 1);
}

int close(int fd)
{
	if (wire_of(fd) != NULL) {
		wire_free(atomic_exchange(&wires[fd], NULL));
		atomic_fetch_sub(&open_count, 1);
	}
	return __interceptor_close != NULL ? __interceptor_close(fd) : (int)syscall(SYS_close, fd);
}

size_t wire_count(void)
{
	return atomic_load(&open_count);
}

bool wire_sees_packets(void)
{
	return atomic_load(&sees_packets);
}

void wire_hold(void)
{
	holds = true;
}

void wire_release(void)
{
	holds = false;
}

static void tell_written(bool written)
{
	void (*told)(void *context, bool written) = tell;

	tell = NULL;
	if (told != NULL)
		told(tell_context, written);
}

void wire_tell(void (*told)(void *context, bool written), void *context)
{
	tell_written(false);
	tell = told;
	tell_context = context;
}

/* What has come, `flags` as for recv(): the number of bytes, 0 at the end, or -1 with errno. */
static ssize_t read_ahead(int fd, struct wire *wire, int flags)
{
	ssize_t got;

	wire->ahead = memory_alloc(READ_AHEAD);
	got = syscall(SYS_recvfrom, fd, wire->ahead, (size_t)READ_AHEAD, flags, NULL, NULL);
	if (got <= 0) {
		free(wire->ahead);
		wire->ahead = NULL;
		return got;
	}
	wire->ahead_at = 0;
	wire->ahead_len = (size_t)got;
	return got;
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

static void log_refusal(int fd, const char *problem)
{
	static struct log_limit limit = { .interval_us = REFUSALS_INTERVAL_US };
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	char host[NI_MAXHOST] = "a unix socket", others[64] = "";
	unsigned left_out;

	if (!log_limit_pass(&limit, &left_out))
		return;
	if (getpeername(fd, (struct sockaddr *)&address, &len) == 0 && address.ss_family != AF_UNIX)
		getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), NULL, 0,
		            NI_NUMERICHOST);
	if (left_out > 0)
		snprintf(others, sizeof(others), " (and %u others since the last)", left_out);
	log_warning(NULL, "a connection from %s is closed, which isn't an MTA's: %s%s", host,
	            problem, others);
}

static void refuse(int fd, struct wire *wire, const char *problem)
{
	log_refusal(fd, problem);
	wire->refused = true;
	free(wire->ahead);
	wire->ahead = NULL;
	shutdown(fd, SHUT_RDWR);
}

static ssize_t get(int fd, struct wire *wire, void *data, size_t len)
{
	ssize_t got;

	if (wire->ahead != NULL)
		return take_ahead(wire, data, len);
	if (len >= READ_AHEAD)
		return syscall(SYS_read, fd, data, len);
	got = read_ahead(fd, wire, 0);
	return got > 0 ? take_ahead(wire, data, len) : got;
}

ssize_t read(int fd, void *data, size_t len)
{
	struct wire *wire = wire_of(fd);
	const char *problem;
	ssize_t got;

	if (wire == NULL || len == 0)
		return syscall(SYS_read, fd, data, len);
	if (wire->refused)
		return 0;
	wire->is_read = true;
	got = get(fd, wire, data, len);
	if (got <= 0)
		return got;
	problem = packet_check(&wire->packets, data, (size_t)got);
	if (problem != NULL) {
		refuse(fd, wire, problem);
		return 0;
	}
	if (!atomic_load_explicit(&sees_packets, memory_order_relaxed) && wire->packets.negotiated)
		atomic_store(&sees_packets, true);
	return got;
}

static int ask_kernel(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec limit = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, count, timeout >= 0 ? &limit : NULL, NULL);
}

/*
 * libmilter asks for a single connection just before it reads from it: what has come by then is
 * read at once, once it is known that it reads by read(). Ends and errors are left for read() to
 * find.
 */
static bool has_input(int fd, struct wire *wire, bool alone)
{
	if (wire->ahead != NULL || wire->refused)
		return true;
	return alone && wire->is_read &&
	       (read_ahead(fd, wire, MSG_DONTWAIT) >= 0 || errno != EAGAIN);
}

/* What needs no question to the kernel. */
static short known_events(const struct pollfd *pollfd, bool alone)
{
	struct wire *wire = wire_of(pollfd->fd);

	if (wire == NULL)
		return 0;
	if ((pollfd->events & POLLIN) != 0 && has_input(pollfd->fd, wire, alone))
		return POLLIN;
	/* writev() waits where it has to. */
	return (pollfd->events & POLLOUT) != 0 ? POLLOUT : 0;
}

/* The rest of a packet that comes late holds a thread. */
static int wait_for_rest(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready;

	if (count != 1 || timeout <= LATE_MS || wire_of(fds->fd) == NULL)
		return ask_kernel(fds, count, timeout);
	ready = ask_kernel(fds, count, LATE_MS);
	if (ready != 0)
		return ready;
	workers_add();
	return ask_kernel(fds, count, timeout);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	short events = 0;
	int ready;

	for (nfds_t i = 0; i < count && events == 0; i++)
		events = known_events(&fds[i], count == 1);
	if (events == 0)
		return wait_for_rest(fds, count, timeout);
	if (count == 1) {
		fds->revents = events;
		return 1;
	}
	if (ask_kernel(fds, count, 0) < 0)
		return -1;
	ready = 0;
	for (nfds_t i = 0; i < count; i++) {
		fds[i].revents |= known_events(&fds[i], false);
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

/* As writev(), but waits no longer than libmilter does; may write less. */
static ssize_t write_pieces(int fd, struct iovec *pieces, size_t count)
{
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };

	for (;;) {
		struct pollfd output = { .fd = fd, .events = POLLOUT };
		ssize_t n = syscall(SYS_sendmsg, fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		int ready;

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		ready = ask_kernel(&output, 1, WRITE_WAIT_MS);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready == 0 || (ready < 0 && errno != EINTR))
			return -1;
	}
}

/* The rest of what is held, where the MTA takes it slowly. */
static bool write_held(int fd, struct wire *wire, size_t written)
{
	while (written < wire->held_len) {
		struct iovec rest = { wire->held + written, wire->held_len - written };
		ssize_t n = write_pieces(fd, &rest, 1);

		if (n < 0)
			return false;
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
	n = write_pieces(fd, all, (size_t)count + 1);
	if (n < 0)
		return n;
	if ((size_t)n > wire->held_len) {
		n -= (ssize_t)wire->held_len;
		drop_held(wire);
		return n;
	}
	return write_held(fd, wire, (size_t)n) ? write_pieces(fd, all + 1, (size_t)count) : -1;
}

static ssize_t write_all(int fd, struct wire *wire, const struct iovec *pieces, int count)
{
	size_t len = 0;
	ssize_t n = write_with_held(fd, wire, pieces, count);

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	/* libmilter writes the rest of what went in part. */
	if (n < 0 || (size_t)n == len)
		tell_written(n >= 0);
	return n;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	struct wire *wire = wire_of(fd);

	if (wire != NULL && holds && count > 0)
		return hold(wire, pieces, count);
	if (wire == NULL || count <= 0)
		return syscall(SYS_writev, fd, pieces, count);
	return write_all(fd, wire, pieces, count < PIECES_MAX ? count : PIECES_MAX);
}
