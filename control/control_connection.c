/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/control_connection.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define READ_MS    5000
#define WRITE_MS   10000
#define MESSAGE_MS 20000 /* for reading one that belongs to a request */

/* A flood isn't worth more. */
#define IGNORED_READS 64

void control_connection_begin(struct control_connection *connection, int fd)
{
	memset(connection, 0, sizeof(*connection));
	connection->fd = fd;
	connection->arena = arena_new();
	connection->until = deadline_in_ms(READ_MS);
}

void control_connection_end(struct control_connection *connection)
{
	arena_free(connection->arena);
	connection->arena = NULL;
	connection->state = CONTROL_IS_OVER;
}

void control_connection_answer(struct control_connection *connection, struct str answer)
{
	connection->answer = answer;
	connection->state = CONTROL_WRITES;
	connection->until = deadline_in_ms(WRITE_MS);
}

static void refuse(struct control_connection *connection, const char *reason)
{
	connection->refused = true;
	control_connection_answer(connection, control_request_refusal(connection->arena, reason));
}

/* What follows the whole message is nobody's. */
static void take_message(struct control_connection *connection, struct str bytes)
{
	struct control_request *request = &connection->request;

	strbuf_add(&connection->message,
	           str_prefix(bytes, request->message.len - connection->message.len));
	if (connection->message.len < request->message.len)
		return;
	request->message = strbuf_str(&connection->message);
	connection->state = CONTROL_WAITS;
}

static void begin_message(struct control_connection *connection, struct str bytes)
{
	connection->has_request = true;
	connection->until = deadline_in_ms(MESSAGE_MS);
	strbuf_init(&connection->message, connection->arena);
	take_message(connection, bytes);
}

static void take_request(struct control_connection *connection, struct str bytes)
{
	struct str in = { connection->in, connection->in_len + bytes.len };
	struct error error;
	ptrdiff_t end;

	assert(in.len <= sizeof(connection->in));
	memcpy(connection->in + connection->in_len, bytes.data, bytes.len);
	connection->in_len = in.len;
	end = str_find_char(in, '\n');
	if (end < 0 && in.len == sizeof(connection->in))
		refuse(connection, "the request is too long");
	else if (end >= 0 &&
	         !control_request_parse(str_prefix(in, (size_t)end), &connection->request, &error))
		refuse(connection, error.text);
	else if (end >= 0)
		begin_message(connection, str_from_offset(in, (size_t)end + 1));
}

void control_connection_take(struct control_connection *connection, struct str bytes)
{
	if (connection->has_request)
		take_message(connection, bytes);
	else
		take_request(connection, bytes);
}

static bool would_wait(ssize_t moved)
{
	return moved < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool receive(struct control_connection *connection)
{
	char bytes[sizeof(connection->in)];
	size_t room = sizeof(bytes) - (connection->has_request ? 0 : connection->in_len);
	ssize_t got = recv(connection->fd, bytes, room, 0);

	if (got > 0)
		control_connection_take(connection, (struct str){ bytes, (size_t)got });
	else if (!would_wait(got))
		connection->state = CONTROL_IS_OVER;
	return got > 0;
}

static bool transmit(struct control_connection *connection)
{
	struct str rest = str_from_offset(connection->answer, connection->sent);
	ssize_t sent = send(connection->fd, rest.data, rest.len, MSG_NOSIGNAL);

	if (sent > 0)
		connection->sent += (size_t)sent;
	if (connection->sent == connection->answer.len || (sent <= 0 && !would_wait(sent)))
		connection->state = CONTROL_IS_OVER;
	return sent > 0;
}

/* What a client sent besides its request: closing before it is read would take the answer, too. */
static void ignore_rest(int fd)
{
	char bytes[4096];

	for (int i = 0; i < IGNORED_READS && recv(fd, bytes, sizeof(bytes), 0) > 0; i++)
		continue;
}

void control_connection_serve(struct control_connection *connection)
{
	bool moves = true;

	while (moves && connection->state == CONTROL_READS)
		moves = receive(connection);
	while (moves && connection->state == CONTROL_WRITES)
		moves = transmit(connection);
	if (connection->state == CONTROL_IS_OVER)
		ignore_rest(connection->fd);
	if (connection->state != CONTROL_WAITS && deadline_passed(connection->until))
		connection->state = CONTROL_IS_OVER;
}
