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

/* Higher descriptors can't be connections. */
#define LIBMILTER_IO_DESCRIPTORS 65536

/* A connection that libmilter accepted; libmilter_io_close() ends it. */
void libmilter_io_open(int fd);
/* How many there are. Thread-safe. */
size_t libmilter_io_count(void);

/* As read(), poll(), writev() and close(), which they are but for a connection. */
ssize_t libmilter_io_read(int fd, void *data, size_t len);
int libmilter_io_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t libmilter_io_writev(int fd, const struct iovec *pieces, int count);
int libmilter_io_close(int fd);

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
