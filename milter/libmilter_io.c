/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/libmilter_io.h"

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
 * Each packet is checked on its way (packet.h). If one is malformed, libmilter never gets its last
 * byte, but sees the end of the connection, as if the MTA had closed it.
 *
 * The system is called directly for all of it but close(): by that the thread sanitizer knows where
 * a descriptor's life ends, also one that a library on another thread opened.
 *
 * Whether libmilter asks for what is kept here is found out at its start (libmilter_calls.h).
 */

#define READ_AHEAD           (16 * 1024)
#define PIECES_MAX           8
#define REFUSALS_INTERVAL_US (INT64_C(10) * 1000000)
/* How long the rest of a packet may take before another thread is added. */
#define LATE_MS 100
/* How long libmilter waits for an MTA to read. */
#define WRITE_WAIT_MS (7210 * 1000)

struct connection {
	struct packet_check packets;
	bool is_read; /* read() has been called for it */
	bool refused; /* after a malformed packet: at its end for libmilter, too */
	char *ahead;  /* read and not yet asked for; NULL: nothing */
	size_t ahead_at, ahead_len;
	char *held; /* to be written with what comes next */
	size_t held_len, held_cap;
};

static _Atomic(struct connection *) connections[LIBMILTER_IO_DESCRIPTORS];
static _Thread_local bool holds;
static _Thread_local void (*tell)(void *context, bool written);
static _Thread_local void *tell_context;
static _Thread_local char command;
static atomic_bool left_alone;
static atomic_bool has_seen_answer;
static atomic_size_t open_count;

/* The thread sanitizer's. */
extern int __interceptor_close(int fd) __attribute__((weak));

static struct connection *connection_of(int fd)
{
	struct connection *connection;

	if (fd < 0 || fd >= LIBMILTER_IO_DESCRIPTORS)
		return NULL;
	connection = atomic_load(&connections[fd]);
	return connection != NULL && !atomic_load_explicit(&left_alone, memory_order_relaxed)
	               ? connection
	               : NULL;
}

static void connection_free(struct connection *connection)
{
	if (connection == NULL)
		return;
	free(connection->ahead);
	free(connection->held);
	free(connection);
}

void libmilter_io_open(int fd)
{
	struct connection *old;

	if (atomic_load(&left_alone))
		return;
	assert(fd >= 0 && fd < LIBMILTER_IO_DESCRIPTORS);
	old = atomic_exchange(&connections[fd], memory_calloc(1, sizeof(struct connection)));
	connection_free(old);
	if (old == NULL)
		atomic_fetch_add(&open_count, 1);
}

int libmilter_io_close(int fd)
{
	if (connection_of(fd) != NULL) {
		connection_free(atomic_exchange(&connections[fd], NULL));
		atomic_fetch_sub(&open_count, 1);
	}
	return __interceptor_close != NULL ? __interceptor_close(fd) : (int)syscall(SYS_close, fd);
}

size_t libmilter_io_count(void)
{
	return atomic_load(&open_count);
}

void libmilter_io_leave(void)
{
	/* One may be in use just now, so it isn't freed. */
	atomic_store(&left_alone, true);
}

bool libmilter_io_has_seen_answer(void)
{
	return atomic_load(&has_seen_answer);
}

char libmilter_io_command(void)
{
	/* What was read here before may be the last of another connection. */
	return atomic_load(&left_alone) ? '\0' : command;
}

void libmilter_io_hold(void)
{
	holds = true;
}

void libmilter_io_release(void)
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

void libmilter_io_on_written(void (*told)(void *context, bool written), void *context)
{
	tell_written(false);
	tell = told;
	tell_context = context;
	/* Nobody will know. */
	if (atomic_load(&left_alone))
		tell_written(true);
}

/* What has come, `flags` as for recv(): the number of bytes, 0 at the end, or -1 with errno. */
static ssize_t read_ahead(int fd, struct connection *connection, int flags)
{
	ssize_t got;

	connection->ahead = memory_alloc(READ_AHEAD);
	got = syscall(SYS_recvfrom, fd, connection->ahead, (size_t)READ_AHEAD, flags, NULL, NULL);
	if (got <= 0) {
		free(connection->ahead);
		connection->ahead = NULL;
		return got;
	}
	connection->ahead_at = 0;
	connection->ahead_len = (size_t)got;
	return got;
}

static ssize_t take_ahead(struct connection *connection, void *data, size_t len)
{
	size_t left = connection->ahead_len - connection->ahead_at;

	if (len > left)
		len = left;
	memcpy(data, connection->ahead + connection->ahead_at, len);
	connection->ahead_at += len;
	if (len == left) {
		free(connection->ahead);
		connection->ahead = NULL;
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

static void refuse(int fd, struct connection *connection, const char *problem)
{
	log_refusal(fd, problem);
	connection->refused = true;
	free(connection->ahead);
	connection->ahead = NULL;
	shutdown(fd, SHUT_RDWR);
}

static ssize_t get(int fd, struct connection *connection, void *data, size_t len)
{
	ssize_t got;

	if (connection->ahead != NULL)
		return take_ahead(connection, data, len);
	if (len >= READ_AHEAD)
		return syscall(SYS_read, fd, data, len);
	got = read_ahead(fd, connection, 0);
	return got > 0 ? take_ahead(connection, data, len) : got;
}

ssize_t libmilter_io_read(int fd, void *data, size_t len)
{
	struct connection *connection = connection_of(fd);
	const char *problem;
	ssize_t got;

	if (connection == NULL || len == 0)
		return syscall(SYS_read, fd, data, len);
	if (connection->refused)
		return 0;
	connection->is_read = true;
	got = get(fd, connection, data, len);
	if (got <= 0)
		return got;
	problem = packet_check(&connection->packets, data, (size_t)got);
	if (problem != NULL) {
		refuse(fd, connection, problem);
		return 0;
	}
	command = packet_command(&connection->packets);
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
static bool has_input(int fd, struct connection *connection, bool alone)
{
	if (connection->ahead != NULL || connection->refused)
		return true;
	return alone && connection->is_read &&
	       (read_ahead(fd, connection, MSG_DONTWAIT) >= 0 || errno != EAGAIN);
}

/* What can be answered without asking the kernel. */
static short known_events(const struct pollfd *pollfd, bool alone)
{
	struct connection *connection = connection_of(pollfd->fd);

	if (connection == NULL)
		return 0;
	if ((pollfd->events & POLLIN) != 0 && has_input(pollfd->fd, connection, alone))
		return POLLIN;
	/* writev() waits where it has to. */
	return (pollfd->events & POLLOUT) != 0 ? POLLOUT : 0;
}

/* The rest of a packet that comes late holds a thread. */
static int wait_for_rest(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready;

	if (count != 1 || timeout <= LATE_MS || connection_of(fds->fd) == NULL)
		return ask_kernel(fds, count, timeout);
	ready = ask_kernel(fds, count, LATE_MS);
	if (ready != 0)
		return ready;
	workers_add();
	return ask_kernel(fds, count, timeout);
}

int libmilter_io_poll(struct pollfd *fds, nfds_t count, int timeout)
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

static ssize_t hold(struct connection *connection, const struct iovec *pieces, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	while (connection->held_cap < connection->held_len + len) {
		connection->held_cap = connection->held_cap == 0 ? 1024 : connection->held_cap * 2;
		connection->held = memory_realloc(connection->held, connection->held_cap);
	}
	for (int i = 0; i < count; i++) {
		memcpy(connection->held + connection->held_len, pieces[i].iov_base,
		       pieces[i].iov_len);
		connection->held_len += pieces[i].iov_len;
	}
	return (ssize_t)len;
}

static void drop_held(struct connection *connection)
{
	free(connection->held);
	connection->held = NULL;
	connection->held_len = connection->held_cap = 0;
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
static bool write_held(int fd, struct connection *connection, size_t written)
{
	while (written < connection->held_len) {
		struct iovec rest = { connection->held + written, connection->held_len - written };
		ssize_t n = write_pieces(fd, &rest, 1);

		if (n < 0)
			return false;
		written += (size_t)n;
	}
	drop_held(connection);
	return true;
}

static ssize_t write_with_held(int fd, struct connection *connection, const struct iovec *pieces,
                               int count)
{
	struct iovec all[PIECES_MAX + 1] = { { connection->held, connection->held_len } };
	ssize_t n;

	memcpy(all + 1, pieces, (size_t)count * sizeof(*pieces));
	n = write_pieces(fd, all, (size_t)count + 1);
	if (n < 0)
		return n;
	if ((size_t)n > connection->held_len) {
		n -= (ssize_t)connection->held_len;
		drop_held(connection);
		return n;
	}
	return write_held(fd, connection, (size_t)n) ? write_pieces(fd, all + 1, (size_t)count)
	                                             : -1;
}

static ssize_t write_all(int fd, struct connection *connection, const struct iovec *pieces,
                         int count)
{
	size_t len = 0;
	ssize_t n = write_with_held(fd, connection, pieces, count);

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	/* libmilter writes the rest of what went in part. */
	if (n < 0 || (size_t)n == len)
		tell_written(n >= 0);
	return n;
}

ssize_t libmilter_io_writev(int fd, const struct iovec *pieces, int count)
{
	struct connection *connection = connection_of(fd);

	if (connection != NULL && holds && count > 0)
		return hold(connection, pieces, count);
	if (connection == NULL || count <= 0)
		return syscall(SYS_writev, fd, pieces, count);
	if (!atomic_load_explicit(&has_seen_answer, memory_order_relaxed) &&
	    connection->packets.negotiated)
		atomic_store(&has_seen_answer, true);
	return write_all(fd, connection, pieces, count < PIECES_MAX ? count : PIECES_MAX);
}
