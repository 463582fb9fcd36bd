/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes over libmilter's connections, in few system calls. libmilter takes five for a packet
 * that it reads and two for each that it writes; read(), poll(), writev() and close() of this file
 * are called in place of the C library's, as accept() of listener.c is, and leave all other
 * descriptors alone. A connection is used by one thread at a time.
 *
 * One on which an MTA would not speak so (packet.h) is closed, with a line in the log, before
 * libmilter gets the whole packet.
 */
#ifndef MILTER_LIBMILTER_IO_H
#define MILTER_LIBMILTER_IO_H

#include <stdbool.h>
#include <stddef.h>

/* Higher descriptors can't be connections. */
#define LIBMILTER_IO_DESCRIPTORS 65536

/* A connection that libmilter accepted; close() ends it. */
void libmilter_io_open(int fd);
/* How many there are. Thread-safe. */
size_t libmilter_io_count(void);
/* Whether a negotiation has come through read(). Where one was had without, libmilter reads in
 * another way, and nothing is checked. Thread-safe. */
bool libmilter_io_sees_packets(void);

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
