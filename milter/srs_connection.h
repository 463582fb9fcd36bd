/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One client of the SRS tables: requests in netstrings come in, each is answered before the next is
 * looked at. A plain value of the server's thread; nothing here blocks. A client that breaks the
 * protocol is told so and left.
 */
#ifndef MILTER_SRS_CONNECTION_H
#define MILTER_SRS_CONNECTION_H

#include "forward/netstring.h"
#include "forward/srs_lookup.h"

/* A request may be this much longer than one that is answered with more than a refusal. */
#define SRS_REQUEST_MAX (2 * SRS_LOOKUP_MAX)

struct srs_connection {
	int fd;
	int64_t active_us; /* when bytes moved last, monotonic clock */
	size_t in_len;
	size_t out_len;
	size_t out_sent;
	bool closing;  /* once `out` is sent */
	bool more;     /* it had its turn, and there may be more requests in `in` */
	bool waits;    /* its request can't be answered yet */
	void *pending; /* what the answer waits for: the answerer's */
	char in[SRS_REQUEST_MAX + NETSTRING_OVERHEAD];
	char out[SRS_LOOKUP_MAX + NETSTRING_OVERHEAD];
};

/*
 * Answers a request; the answer is at most SRS_LOOKUP_MAX bytes. False where it isn't known yet:
 * the same request is asked again later.
 */
typedef bool srs_answer(struct srs_connection *connection, struct arena *arena, struct str request,
                        struct str *answer_r);

/* Takes one request from `in`, where one is there in full and `out` is empty, and puts its answer
 * into `out`; true where it did. */
bool srs_connection_take(struct srs_connection *connection, srs_answer *answer);

/* Reads, answers and writes what is possible now; false where the connection has ended. */
bool srs_connection_serve(struct srs_connection *connection, srs_answer *answer);

#endif
