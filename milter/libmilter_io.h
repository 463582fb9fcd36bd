/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes over libmilter's connections, in few system calls. libmilter takes five for a packet
 * that it reads and two for each that it writes; here they are answered in place of the system
 * (libmilter_calls.h). All other descriptors are left alone. A connection is used by one thread at
 * a time.
 *
 * A connection that breaks the protocol (packet.h) is closed, with a line in the log, before
 * libmilter gets the whole packet.
 */
#ifndef MILTER_LIBMILTER_IO_H
#define MILTER_LIBMILTER_IO_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "milter/arrivals.h"
#include "milter/negotiation.h"
#include "milter/pool_poll.h"

/* Higher descriptors can't be connections. */
#define LIBMILTER_IO_DESCRIPTORS POOL_POLL_DESCRIPTORS

/* A connection that libmilter accepted; libmilter_io_close() ends it. False where connections are
 * left alone. */
bool libmilter_io_open(int fd);

/* What libmilter is to be told of a connection that was somebody else's until now. */
struct libmilter_io_start {
	char *data; /* what it reads first; malloc'd, taken over */
	size_t len;
	unsigned answered;         /* so many of its answers the MTA has had */
	struct negotiation agreed; /* by the first of them */
	bool returns;              /* it is given back once its message has ended */
	arrival arrival;           /* of its message */
};

/*
 * As libmilter_io_open(), for a connection that libmilter_io_on_return() may give back: to
 * libmilter it looks as if the MTA had quit after the message.
 */
void libmilter_io_lend(int fd, const struct libmilter_io_start *start);
/* What was agreed with the MTA of the connection that this thread read last, before libmilter got
 * it; NULL: nothing. */
const struct negotiation *libmilter_io_agreed(void);

/* The arrival of the message with which this connection was lent, once; else 0. */
arrival libmilter_io_take_arrival(void);

/* Who gets connections back. */
struct libmilter_io_lender {
	/* Between two messages, with what has been read already; on the thread that worked on it.
	 */
	void (*returned)(int fd, const char *rest, size_t len);
	/* It is about to be closed. */
	void (*ended)(int fd);
};
/* Before the first is lent. */
void libmilter_io_set_lender(const struct libmilter_io_lender *lender);
/* How many there are. Thread-safe. */
size_t libmilter_io_count(void);

/* As read(), poll(), writev() and close(), which they are but for a connection. */
ssize_t libmilter_io_read(int fd, void *data, size_t len);
int libmilter_io_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t libmilter_io_writev(int fd, const struct iovec *pieces, int count);
int libmilter_io_close(int fd);

/* The connection that this thread read last; -1 where that is not known. */
int libmilter_io_connection(void);
/* The command (mfdef.h) of the packet that this thread read last; '\0' where none was read here. */
char libmilter_io_command(void);

/* Whether a negotiation was read here, and answered. Thread-safe. */
bool libmilter_io_has_seen_answer(void);
/* From now on libmilter's connections are left alone, too. Thread-safe. */
void libmilter_io_leave(void);

/*
 * Between the two, what this thread writes to connections is held back, and goes with what is
 * written next: the changes of a message with the answer to it.
 */
void libmilter_io_hold(void);
void libmilter_io_release(void);

/*
 * Calls told(context, written) once what this thread writes next to a connection has left as a
 * whole, or could not: then whoever waits knows whether the MTA has its answer.
 */
void libmilter_io_on_written(void (*told)(void *context, bool written), void *context);

#endif
