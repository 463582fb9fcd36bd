/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/libmilter_io.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "milter/connection_limits.h"
#include "milter/held_output.h"
#include "milter/packet.h"
#include "milter/packet_refusal.h"
#include "milter/workers.h"

/*
 * For each packet libmilter asks three times whether there is something to read, reads five bytes,
 * and then the rest: 120 system calls for a message of 20 header fields, most of what a filter that
 * does nothing costs. Here the first question reads all that has come, what follows is served from
 * that, and poll() asks the kernel only where there is nothing. Memory for it is held only as long
 * as something is in it, so an idle connection takes none. Before it writes, libmilter asks whether
 * it may; it always may, and writev() waits if need be.
 *
 * What libmilter waits for is a packet. Where only a part of one has come, it is told of nothing as
 * long as that part is small, or a thread would be held until the rest comes: a client that sends a
 * byte a second costs no thread.
 *
 * Each packet is checked on its way (packet.h). If one is malformed, libmilter never gets its last
 * byte, but sees the end of the connection, as if the MTA had closed it.
 *
 * The system is called directly for all of it but close(): by that the thread sanitizer knows where
 * a descriptor's life ends, also one that a library on another thread opened.
 *
 * Whether libmilter asks for what is kept here is found out at its start (libmilter_calls.h).
 */

#define READ_AHEAD (16 * 1024)
#define PART_MAX   (8 * 1024) /* a part of a packet as large is given to a thread */
/* How long a thread that has just read a packet waits for the next, and how many may do so: beside
 * them, others are at work. */
#define NEXT_MS      2
#define NEXT_AT_ONCE 8
/* How long the rest of a packet may take before another thread is added. */
#define LATE_MS 100

struct connection {
	struct packet_check packets;
	struct negotiation agreed; /* before libmilter got it; version 0: nothing */
	arrival arrival;           /* of the message with which it was lent */
	unsigned answered;         /* so many answers of libmilter the MTA has had */
	bool lent, returns;        /* it was somebody else's, and is so again after its message */
	bool had_message, in_message;
	char *rest; /* read after the last message, for who gets the connection back */
	size_t rest_len;
	bool gives_back; /* libmilter is told that the MTA has quit */
	bool is_read;    /* read() has been called for it */
	bool refused;    /* after a malformed packet: at its end for libmilter, too */
	char *ahead;     /* read and not yet asked for; NULL: nothing */
	size_t ahead_at, ahead_len;
	struct held_output held; /* to be written with what comes next */
};

static _Atomic(struct connection *) connections[LIBMILTER_IO_DESCRIPTORS];
static _Thread_local bool holds;
static _Thread_local void (*tell)(void *context, bool written);
static _Thread_local void *tell_context;
static _Thread_local char command;
static _Thread_local int command_fd = -1;
static atomic_bool left_alone;
static atomic_bool has_seen_answer;
static atomic_size_t open_count;
static const struct libmilter_io_lender *lender;

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
	arrivals_end(&connection->arrival); /* of a message that came to no session */
	free(connection->ahead);
	held_output_drop(&connection->held);
	free(connection->rest);
	free(connection);
}

static void add_connection(int fd, struct connection *connection)
{
	struct connection *old;

	assert(fd >= 0 && fd < LIBMILTER_IO_DESCRIPTORS);
	old = atomic_exchange(&connections[fd], connection);
	connection_free(old);
	if (old == NULL)
		atomic_fetch_add(&open_count, 1);
}

bool libmilter_io_open(int fd)
{
	if (atomic_load(&left_alone))
		return false;
	add_connection(fd, memory_calloc(1, sizeof(struct connection)));
	return true;
}

void libmilter_io_lend(int fd, const struct libmilter_io_start *start)
{
	struct connection *connection = memory_calloc(1, sizeof(*connection));

	connection->ahead = start->data;
	connection->ahead_len = start->len;
	connection->answered = start->answered;
	if (start->answered > 0)
		connection->agreed = start->agreed;
	connection->lent = true;
	connection->returns = start->returns;
	connection->arrival = start->arrival;
	add_connection(fd, connection);
}

void libmilter_io_set_lender(const struct libmilter_io_lender *whose)
{
	lender = whose;
}

const struct negotiation *libmilter_io_agreed(void)
{
	const struct connection *connection = connection_of(libmilter_io_connection());

	return connection != NULL && connection->agreed.version > 0 ? &connection->agreed : NULL;
}

arrival libmilter_io_take_arrival(void)
{
	struct connection *connection = connection_of(libmilter_io_connection());
	arrival taken = connection != NULL ? connection->arrival : 0;

	if (connection != NULL)
		connection->arrival = 0;
	return taken;
}

/* False where it is not libmilter's to close any more. */
static bool end_connection(int fd)
{
	struct connection *connection = atomic_exchange(&connections[fd], NULL);
	bool gives_back = connection->gives_back;

	pool_poll_forget(fd);
	atomic_fetch_sub(&open_count, 1);
	if (!gives_back)
		connection_limits_close(fd);
	if (gives_back)
		lender->returned(fd, connection->rest, connection->rest_len);
	else if (connection->lent)
		lender->ended(fd);
	connection_free(connection);
	return !gives_back;
}

int libmilter_io_close(int fd)
{
	if (connection_of(fd) != NULL && !end_connection(fd))
		return 0;
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

int libmilter_io_connection(void)
{
	return atomic_load(&left_alone) ? -1 : command_fd;
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

static void refuse(int fd, struct connection *connection, const char *problem)
{
	packet_refusal_log(fd, problem);
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

/* A packet was read to its end. */
static void note_packet(struct connection *connection)
{
	if (command == SMFIC_MAIL)
		connection->had_message = connection->in_message = true;
	else if (command == SMFIC_BODYEOB || command == SMFIC_ABORT)
		connection->in_message = false;
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
	command_fd = fd;
	if (connection->packets.head_len == 0)
		note_packet(connection);
	return got;
}

static int ask_kernel(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec limit = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, count, timeout >= 0 ? &limit : NULL, NULL);
}

/* Whether it is known that libmilter reads from it by read(). */
static bool is_ours_to_read(const struct connection *connection)
{
	return connection->is_read || atomic_load_explicit(&has_seen_answer, memory_order_relaxed);
}

/*
 * libmilter asks for a single connection just before it reads from it: what has come by then is
 * read at once. Ends and errors are left for read() to find.
 */
static bool has_input(int fd, struct connection *connection, bool alone)
{
	if (connection->ahead != NULL || connection->refused)
		return true;
	return alone && is_ours_to_read(connection) &&
	       (read_ahead(fd, connection, MSG_DONTWAIT) >= 0 || errno != EAGAIN);
}

static size_t ahead_left(const struct connection *connection)
{
	return connection->ahead != NULL ? connection->ahead_len - connection->ahead_at : 0;
}

/* What is read ahead, from the start of a packet: all of that, or more of it than is kept. */
static bool has_packet(const struct connection *connection)
{
	size_t left = ahead_left(connection);
	uint32_t length;

	if (left < sizeof(length))
		return false;
	memcpy(&length, connection->ahead + connection->ahead_at, sizeof(length));
	length = ntohl(length);
	/* Where it can't be one, that is for packet_check() to find. */
	return length == 0 || length > PACKET_DATA_MAX + 1 || left >= sizeof(length) + length ||
	       left >= PART_MAX;
}

/* Adds what has come to what is read ahead, in no more memory than that takes; as read_ahead(). */
static ssize_t add_ahead(int fd, struct connection *connection)
{
	size_t left = ahead_left(connection);
	char *ahead = memory_alloc(READ_AHEAD);
	ssize_t got = syscall(SYS_recvfrom, fd, ahead + left, READ_AHEAD - left, MSG_DONTWAIT, NULL,
	                      NULL);

	if (got <= 0) {
		free(ahead);
		return got;
	}
	if (left > 0)
		memcpy(ahead, connection->ahead + connection->ahead_at, left);
	free(connection->ahead);
	connection->ahead = memory_realloc(ahead, left + (size_t)got);
	connection->ahead_at = 0;
	connection->ahead_len = left + (size_t)got;
	return got;
}

/* Between two packets: whether the next one has come, or the end. */
static bool packet_has_come(int fd, struct connection *connection)
{
	ssize_t got;

	if (connection->refused || has_packet(connection))
		return true;
	got = add_ahead(fd, connection);
	return got > 0 ? has_packet(connection) : got == 0 || errno != EAGAIN;
}

/* For pool_poll(): the pipe by which libmilter wakes itself is none of ours. */
static bool is_ready(int fd)
{
	struct connection *connection = connection_of(fd);

	return connection == NULL || packet_has_come(fd, connection);
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

/* libmilter has read a packet, and asks whether there is another. */
static bool asks_for_next(const struct pollfd *fds, nfds_t count, int timeout)
{
	struct connection *connection = count == 1 ? connection_of(fds->fd) : NULL;

	return connection != NULL && timeout >= 0 && timeout <= LATE_MS &&
	       (fds->events & POLLIN) != 0 && connection->packets.head_len == 0 &&
	       is_ours_to_read(connection);
}

static bool wait_for_next(int fd, struct connection *connection)
{
	static atomic_int waiting;
	struct deadline deadline = deadline_in_ms(NEXT_MS);
	bool come = false, waits = atomic_fetch_add(&waiting, 1) < NEXT_AT_ONCE;

	while (waits && !come && !deadline_passed(deadline)) {
		struct pollfd input = { .fd = fd, .events = POLLIN };

		waits = ask_kernel(&input, 1, NEXT_MS) > 0;
		come = waits && packet_has_come(fd, connection);
	}
	atomic_fetch_sub(&waiting, 1);
	return come;
}

/* libmilter can go on by itself where the next message begins, or all is over. */
static bool is_libmilters_next(const struct connection *connection)
{
	size_t left = ahead_left(connection);

	return left == 0 || packet_begins_or_quits(connection->ahead + connection->ahead_at, left);
}

/* For libmilter, the MTA quits. */
static void give_back(struct connection *connection)
{
	static const char quit[] = { 0, 0, 0, 1, SMFIC_QUIT };
	size_t left = ahead_left(connection);

	if (left > 0) {
		connection->rest = memory_alloc(left);
		memcpy(connection->rest, connection->ahead + connection->ahead_at, left);
		connection->rest_len = left;
	}
	free(connection->ahead);
	connection->ahead = memory_alloc(sizeof(quit));
	memcpy(connection->ahead, quit, sizeof(quit));
	connection->ahead_at = 0;
	connection->ahead_len = sizeof(quit);
	connection->gives_back = true;
}

static int look_for_next(struct pollfd *pollfd)
{
	struct connection *connection = connection_of(pollfd->fd);
	bool come =
		packet_has_come(pollfd->fd, connection) || wait_for_next(pollfd->fd, connection);

	if (connection->returns && connection->had_message && !connection->in_message &&
	    !connection->gives_back && !connection->refused &&
	    (!come || !is_libmilters_next(connection))) {
		give_back(connection);
		come = true;
	}
	pollfd->revents = come ? POLLIN : 0;
	return come;
}

/* A pipe first, and then connections. */
static bool is_pool(const struct pollfd *fds, nfds_t count)
{
	struct connection *connection = count > 1 ? connection_of(fds[1].fd) : NULL;

	return connection != NULL && is_ours_to_read(connection) && fds[0].fd >= 0 &&
	       fds[0].fd < LIBMILTER_IO_DESCRIPTORS && connection_of(fds[0].fd) == NULL;
}

static int poll_plainly(struct pollfd *fds, nfds_t count, int timeout)
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

int libmilter_io_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready;

	if (asks_for_next(fds, count, timeout))
		return look_for_next(fds);
	if (!is_pool(fds, count))
		return poll_plainly(fds, count, timeout);
	ready = pool_poll(fds, count, timeout, is_ready);
	return ready >= 0 || errno == EINTR ? ready : poll_plainly(fds, count, timeout);
}

static ssize_t write_all(int fd, struct connection *connection, const struct iovec *pieces,
                         int count)
{
	size_t len = 0;
	ssize_t n = held_output_write(fd, &connection->held, pieces, count);

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	/* libmilter writes the rest of what went in part. */
	if (n < 0 || (size_t)n == len)
		tell_written(n >= 0);
	return n;
}

/* An answer that the MTA has had; each is written at once. */
static ssize_t swallow(struct connection *connection, const struct iovec *pieces, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	connection->answered--;
	return (ssize_t)len;
}

ssize_t libmilter_io_writev(int fd, const struct iovec *pieces, int count)
{
	struct connection *connection = connection_of(fd);

	if (connection != NULL && connection->answered > 0 && count > 0)
		return swallow(connection, pieces, count);
	if (connection != NULL && holds && count > 0)
		return held_output_add(&connection->held, pieces, count);
	if (connection == NULL || count <= 0)
		return syscall(SYS_writev, fd, pieces, count);
	if (!atomic_load_explicit(&has_seen_answer, memory_order_relaxed) &&
	    connection->packets.negotiated)
		atomic_store(&has_seen_answer, true);
	return write_all(fd, connection, pieces,
	                 count < HELD_OUTPUT_PIECES ? count : HELD_OUTPUT_PIECES);
}
