/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/postfix_socket.h"

#include "base/socket_address.h"
#include "base/strbuf.h"

/* The socket's path as smtpd sees it, which works in the queue directory; empty where it can't. */
static struct str below_queue(struct str path, struct str queue_directory)
{
	if (!str_starts(path, queue_directory) || path.len <= queue_directory.len + 1 ||
	    path.data[queue_directory.len] != '/')
		return STR("");
	return str_from_offset(path, queue_directory.len + 1);
}

static struct str internet_name(struct arena *arena, const struct socket_address *address)
{
	const char *host = address->host;

	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	return arena_printf(arena, strchr(host, ':') != NULL ? "inet:[%s]:%s" : "inet:%s:%s", host,
	                    address->port);
}

/* As main.cf names this address; empty where Postfix can't reach it. */
static struct str reached_as(struct arena *arena, const struct settings *settings, struct str text,
                             struct str queue_directory)
{
	struct socket_address address;
	struct error error;
	struct str path;

	if (!socket_address_parse(arena, "listen", text, &address, &error))
		return STR("");
	if (address.family != AF_UNIX)
		return internet_name(arena, &address);
	path = below_queue(str_from(address.path), queue_directory);
	if (path.len == 0 || (!str_eq(settings->socket_group, STR("postfix")) &&
	                      (settings->socket_mode & 0006) != 0006))
		return STR("");
	return arena_printf(arena, "unix:%.*s", STR_FMT(path));
}

/* Is it there already, and only the group missing? */
static bool listens_on(const struct settings *settings, struct str path)
{
	const struct str *text;

	vec_foreach (&settings->listen, text) {
		ptrdiff_t colon = str_find_char(*text, ':');

		if (str_eq(str_from_offset(*text, (size_t)(colon + 1)), path))
			return true;
	}
	return false;
}

static void add_listen(struct arena *arena, struct strbuf *keys, const struct settings *settings,
                       struct str queue_directory, struct problems *problems)
{
	const struct source_position *group = settings_place_of(settings, "socket_group");
	struct str path = arena_printf(arena, "%.*s/" POSTFIX_SOCKET, STR_FMT(queue_directory));

	if (!listens_on(settings, path))
		strbuf_printf(keys, "listen unix:%.*s\n", STR_FMT(path));
	if (str_eq(settings->socket_group, STR("postfix")) ||
	    (settings->socket_mode & 0006) == 0006)
		return;
	if (group != NULL && settings->socket_group.len > 0)
		problems_add(problems, PROBLEM_ERROR, group,
		             "socket_group is %.*s, so Postfix can't reach the socket; set it to "
		             "postfix, or listen on a port, as in listen inet:8891@127.0.0.1",
		             STR_FMT(settings->socket_group));
	else
		strbuf_printf(keys, "socket_group postfix\n");
}

struct postfix_socket postfix_socket_choose(struct arena *arena, const struct settings *settings,
                                            struct str queue_directory, const char *key_file,
                                            bool hop, struct problems *problems)
{
	struct postfix_socket socket = { .name = STR("") };
	struct strbuf keys;

	strbuf_init(&keys, arena);
	for (size_t i = 0; i < settings->listen.len && socket.name.len == 0; i++)
		socket.name =
			reached_as(arena, settings, settings->listen.items[i], queue_directory);
	if (socket.name.len == 0) {
		add_listen(arena, &keys, settings, queue_directory, problems);
		socket.name = STR("unix:" POSTFIX_SOCKET);
	}
	if (hop && settings->seal_key_file.len == 0)
		strbuf_printf(&keys, "seal_key_file %s\n", key_file);
	if (hop && settings_role(settings, STR("FORWARD")) != ROLE_FORWARD)
		socket.sections = STR("[daemon FORWARD]\nrole forward\n");
	socket.keys = strbuf_str(&keys);
	return socket;
}
