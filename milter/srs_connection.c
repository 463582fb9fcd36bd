/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/srs_connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/deadline.h"

/* Requests that one client gets answered before it is the others' turn. */
#define TURN 64

static void put_answer(struct srs_connection *connection, struct arena *arena, struct str answer)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	netstring_add(&buf, str_prefix(answer, SRS_LOOKUP_MAX));
	memcpy(connection->out, buf.data, buf.len);
	connection->out_len = buf.len;
	connection->out_sent = 0;
}

bool srs_connection_take(struct srs_connection *connection, srs_answer *answer)
{
	struct str in = { connection->in, connection->in_len }, request, text;
	enum netstring_state state;
	struct arena *arena;
	size_t used = 0;

	connection->waits = false;
	if (connection->out_len > 0 || connection->closing || in.len == 0)
		return false;
	state = netstring_read(in, SRS_REQUEST_MAX, &request, &used);
	if (state == NETSTRING_PARTIAL)
		return false;
	arena = arena_new();
	if (state == NETSTRING_BROKEN) {
		put_answer(connection, arena, STR("PERM this is no socketmap request"));
		connection->closing = true;
	} else if (answer(connection, arena, request, &text)) {
		put_answer(connection, arena, text);
		memmove(connection->in, connection->in + used, in.len - used);
		connection->in_len -= used;
	} else {
		connection->waits = true;
	}
	arena_free(arena);
	return !connection->waits;
}

enum progress {
	PROGRESS_MADE,
	PROGRESS_WAIT,
	PROGRESS_END,
};

static enum progress progress_of(struct srs_connection *connection, ssize_t moved)
{
	if (moved > 0) {
		connection->active_us = clock_monotonic_us();
		return PROGRESS_MADE;
	}
	return moved < 0 && (errno == EAGAIN || errno == EINTR) ? PROGRESS_WAIT : PROGRESS_END;
}

static enum progress send_out(struct srs_connection *connection)
{
	ssize_t sent = send(connection->fd, connection->out + connection->out_sent,
	                    connection->out_len - connection->out_sent, MSG_NOSIGNAL);
	enum progress progress = progress_of(connection, sent);

	if (progress != PROGRESS_MADE)
		return progress;
	connection->out_sent += (size_t)sent;
	if (connection->out_sent == connection->out_len)
		connection->out_len = 0;
	return PROGRESS_MADE;
}

/* A full `in` holds a whole request, or a broken one, so there is room whenever this is called. */
static enum progress receive_in(struct srs_connection *connection)
{
	ssize_t got = recv(connection->fd, connection->in + connection->in_len,
	                   sizeof(connection->in) - connection->in_len, 0);
	enum progress progress = progress_of(connection, got);

	if (progress == PROGRESS_MADE)
		connection->in_len += (size_t)got;
	return progress;
}

bool srs_connection_serve(struct srs_connection *connection, srs_answer *answer)
{
	enum progress progress = PROGRESS_MADE;
	unsigned answers = 0;

	connection->more = false;
	while (progress == PROGRESS_MADE) {
		if (connection->out_len > 0)
			progress = send_out(connection);
		else if (connection->closing)
			progress = PROGRESS_END;
		else if (answers == TURN)
			break;
		else if (srs_connection_take(connection, answer))
			answers++;
		else if (connection->waits)
			progress = PROGRESS_WAIT;
		else
			progress = receive_in(connection);
	}
	connection->more = progress == PROGRESS_MADE;
	return progress != PROGRESS_END;
}
