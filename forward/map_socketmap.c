/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * socketmap:unix:/path:name and socketmap:inet:host:port:name, the protocol of socketmap_table(5):
 * netstrings, "name key" there, "OK value" or "NOTFOUND " back; anything else is a failure.
 * Connections are kept, and used by one thread at a time; one that has died is made anew. All of it
 * within a time limit.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "base/socket_address.h"
#include "forward/netstring.h"
#include "forward/pool.h"
#include "forward/targets.h"

#define TIME_LIMIT_MS 3000
#define ANSWER_MAX    100000

struct socketmap {
	const char *spec;
	const char *path; /* of a unix socket; or NULL */
	const char *host;
	const char *port;
	const char *name;
	struct pool *pool; /* of int *, a socket */
};

static void close_connection(void *connection)
{
	close(*(int *)connection);
	free(connection);
}

/* Waits until the socket is ready; false at the deadline. */
static bool wait_ready(int fd, short events, struct deadline deadline)
{
	struct pollfd poll_fd = { fd, events, 0 };
	int64_t left = deadline_left_ms(deadline);

	return left > 0 && poll(&poll_fd, 1, (int)left) == 1;
}

static int connect_to(const struct sockaddr *address, socklen_t len, struct deadline deadline)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(int);
	int failure = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, address, len) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_ready(fd, POLLOUT, deadline) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0)
		return fd;
	close(fd);
	return -1;
}

static int connect_unix(const char *path, struct deadline deadline)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect_to((const struct sockaddr *)&address, sizeof(address), deadline);
}

static int connect_inet(const struct socketmap *map, struct deadline deadline)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int fd = -1;

	if (getaddrinfo(map->host, map->port, &hints, &list) != 0)
		return -1;
	for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_to(a->ai_addr, a->ai_addrlen, deadline);
	freeaddrinfo(list);
	return fd;
}

static bool send_all(int fd, struct str text, struct deadline deadline)
{
	while (text.len > 0) {
		ssize_t sent = send(fd, text.data, text.len, MSG_NOSIGNAL);

		if (sent >= 0)
			text = str_from_offset(text, (size_t)sent);
		else if (errno != EAGAIN || !wait_ready(fd, POLLOUT, deadline))
			return false;
	}
	return true;
}

static bool receive(int fd, struct arena *arena, struct deadline deadline, struct str *answer_r)
{
	const size_t max = ANSWER_MAX + NETSTRING_OVERHEAD;
	char *buffer = arena_alloc(arena, max);
	size_t len = 0, used;

	while (len < max && wait_ready(fd, POLLIN, deadline)) {
		ssize_t got = recv(fd, buffer + len, max - len, 0);
		enum netstring_state state;

		if (got <= 0)
			return false;
		len += (size_t)got;
		state = netstring_read((struct str){ buffer, len }, ANSWER_MAX, answer_r, &used);
		/* What follows an answer was not asked for: the two sides have lost each other. */
		if (state != NETSTRING_PARTIAL)
			return state == NETSTRING_COMPLETE && used == len;
	}
	return false;
}

static bool check_inet(const struct map_load *load, struct str host, struct str port)
{
	struct str text = arena_printf(load->arena, "inet:%.*s:%.*s", STR_FMT(host), STR_FMT(port));
	struct socket_address address;
	struct error error;

	return socket_address_parse_behind(load->arena, "forward_map", "socketmap:", text, &address,
	                                   &error) ||
	       problems_add(load->problems, PROBLEM_ERROR, NULL, "%s", error.text);
}

static void *socketmap_open(const struct map_load *load, struct str spec)
{
	struct socketmap *map = arena_new_object(load->arena, struct socketmap);
	struct str rest = spec, kind = STR(""), a = STR(""), b = STR("");
	struct sockaddr_un address;

	map->spec = arena_cstr(load->arena, spec);
	map->pool = pool_new(load->arena, close_connection);
	str_next_piece(&rest, ':', &kind);
	if (rest.data != NULL)
		str_next_piece(&rest, ':', &a);
	if (str_eq(kind, STR("inet")) && rest.data != NULL)
		str_next_piece(&rest, ':', &b);
	map->path = str_eq(kind, STR("unix")) ? arena_cstr(load->arena, a) : NULL;
	map->host = arena_cstr(load->arena, a);
	map->port = arena_cstr(load->arena, b);
	map->name = arena_cstr(load->arena, rest);
	if (a.len > 0 && a.len < sizeof(address.sun_path) && rest.len > 0 &&
	    (map->path != NULL ? a.data[0] == '/' : b.len > 0))
		return map->path != NULL || check_inet(load, a, b) ? map : NULL;
	problems_add(load->problems, PROBLEM_ERROR, NULL,
	             "forward_map socketmap:%s: write socketmap:unix:/path:name or "
	             "socketmap:inet:host:port:name",
	             map->spec);
	return NULL;
}

/* False where the server has closed it, or talks although nothing was asked. */
static bool is_quiet(const int *connection)
{
	struct pollfd poll_fd = { *connection, POLLIN, 0 };

	return poll(&poll_fd, 1, 0) == 0;
}

static int *connect_server(const struct socketmap *map, struct deadline deadline)
{
	int fd =
		map->path != NULL ? connect_unix(map->path, deadline) : connect_inet(map, deadline);
	int *connection;

	if (fd < 0)
		return NULL;
	connection = memory_alloc(sizeof(*connection));
	*connection = fd;
	return connection;
}

/* Asks through a connection, which is given back or closed. */
static bool ask_through(int *connection, struct arena *arena, const struct socketmap *map,
                        struct str question, struct deadline deadline, struct str *answer_r)
{
	bool ok = is_quiet(connection) && send_all(*connection, question, deadline) &&
	          receive(*connection, arena, deadline, answer_r);

	if (ok)
		pool_give(map->pool, connection);
	else
		close_connection(connection);
	return ok;
}

static bool ask(struct arena *arena, const struct socketmap *map, struct str key,
                struct str *answer_r)
{
	struct deadline deadline = deadline_in_ms(TIME_LIMIT_MS);
	struct str question = arena_printf(arena, "%s %.*s", map->name, STR_FMT(key));
	int *connection;

	question = arena_printf(arena, "%zu:%.*s,", question.len, STR_FMT(question));
	/* The server may have closed those that were idle. */
	while (!deadline_passed(deadline) && (connection = pool_take(map->pool)) != NULL)
		if (ask_through(connection, arena, map, question, deadline, answer_r))
			return true;
	connection = connect_server(map, deadline);
	return connection != NULL &&
	       ask_through(connection, arena, map, question, deadline, answer_r);
}

static enum lookup_result socketmap_lookup(struct arena *arena, void *data, struct str key,
                                           struct target_list *targets_r)
{
	const struct socketmap *map = data;
	struct source_position at = { .file = map->spec };
	struct error ignored;
	struct str answer;

	if (!ask(arena, map, key, &answer))
		return LOOKUP_FAILED;
	if (str_eq(answer, STR("NOTFOUND ")) || str_eq(answer, STR("NOTFOUND")))
		return LOOKUP_NONE;
	if (!str_starts(answer, STR("OK ")) ||
	    !targets_parse_answer(arena, str_from_offset(answer, 3), &at, targets_r, &ignored))
		return LOOKUP_FAILED;
	/* Postfix takes an empty answer for one. */
	return targets_r->len > 0 ? LOOKUP_FOUND : LOOKUP_FAILED;
}

const struct forward_map_type forward_map_socketmap = {
	.name = "socketmap",
	.keys = MAP_KEYS_ADDRESS,
	.open = socketmap_open,
	.lookup = socketmap_lookup,
};
