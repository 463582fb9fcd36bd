/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One client of the control socket: a request comes in, is answered, and that is all. A plain value
 * of the server's thread; nothing here blocks. A client gets so long for its request and for taking
 * its answer, however it moves.
 */
#ifndef CONTROL_CONTROL_CONNECTION_H
#define CONTROL_CONTROL_CONNECTION_H

#include "base/deadline.h"
#include "base/strbuf.h"
#include "control/control_request.h"

enum control_state {
	CONTROL_READS,   /* the request isn't there as a whole */
	CONTROL_WAITS,   /* for its answer, which isn't known yet */
	CONTROL_WRITES,  /* the answer isn't taken as a whole */
	CONTROL_IS_OVER, /* to be closed */
};

struct control_connection {
	int fd;
	enum control_state state;
	bool refused;          /* what came is no request, which is the answer */
	struct deadline until; /* of its part in the present state */
	struct control_request request;
	struct arena *arena; /* of the answer, and of a message */
	bool has_request;    /* what is missing is some of its message */
	struct strbuf message;
	struct str answer;
	size_t sent;
	size_t in_len;
	char in[CONTROL_REQUEST_MAX + 1];
};

/* Zeroes it; ended with control_connection_end(), which doesn't close the descriptor. */
void control_connection_begin(struct control_connection *connection, int fd);
void control_connection_end(struct control_connection *connection);

/* Reads or writes what is possible now. Goes from CONTROL_READS to CONTROL_WAITS with `request` set
 * once that is there; what is no request is answered here. */
void control_connection_serve(struct control_connection *connection);
/* More bytes of the request, as control_connection_serve() reads them: at most as many as there is
 * room for in `in`, until the request is there; then any number of its message. */
void control_connection_take(struct control_connection *connection, struct str bytes);

/* Gives the answer, a line in the connection's arena, in CONTROL_WAITS. */
void control_connection_answer(struct control_connection *connection, struct str answer);

#endif
