/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024
#define RETRY_MS       50

bool socket_resolve(struct socket_address *address, struct error *err_r)
{
	struct addrinfo hints = { .ai_family = address->family, .ai_socktype = SOCK_STREAM };
	struct sockaddr_un *un = (struct sockaddr_un *)&address->bound;
	struct addrinfo *found;
	int failure;

	if (address->family == AF_UNIX) {
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, address->path, strlen(address->path) + 1);
		address->bound_len = sizeof(*un);
		return true;
	}
	failure = getaddrinfo(address->host, address->port, &hints, &found);
	if (failure != 0)
		return error_set(err_r, "%.*s: %s", STR_FMT(address->text), gai_strerror(failure));
	memcpy(&address->bound, found->ai_addr, found->ai_addrlen);
	address->bound_len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

const char *socket_libmilter_text(struct arena *arena, const struct socket_address *address)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (address->family == AF_UNIX)
		return arena_printf(arena, "unix:%s", address->path).data;
	if (getnameinfo((const struct sockaddr *)&address->bound, address->bound_len, host,
	                sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return arena_printf(arena, "inet:%s@%s", address->port, address->host).data;
	return arena_printf(arena, "%s:%s@[%s]", address->family == AF_INET6 ? "inet6" : "inet",
	                    port, host)
	        .data;
}

enum occupant {
	OCCUPANT_NONE,
	OCCUPANT_STALE, /* a unix socket on which nobody listens */
	OCCUPANT_ALIVE,
};

static int open_stream(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool find_unix_occupant(const struct socket_address *address, enum occupant *found_r,
                               struct error *err_r)
{
	struct stat st;
	int fd, result, reason;

	*found_r = OCCUPANT_NONE;
	if (lstat(address->path, &st) != 0)
		return true; /* if it can't be used, bind() will say why */
	if (!S_ISSOCK(st.st_mode))
		return error_set(err_r,
		                 "%.*s: there is a file that is no socket; remove it or "
		                 "choose another path",
		                 STR_FMT(address->text));
	fd = open_stream(AF_UNIX);
	if (fd < 0)
		return error_set(err_r, "%.*s: %s", STR_FMT(address->text), strerror(errno));
	result = connect(fd, (const struct sockaddr *)&address->bound, address->bound_len);
	reason = errno;
	close(fd);
	if (result == 0 || reason == EAGAIN)
		*found_r = OCCUPANT_ALIVE;
	else if (reason == ECONNREFUSED)
		*found_r = OCCUPANT_STALE;
	else if (reason != ENOENT)
		return error_set(err_r, "%.*s: can't tell whether the socket there is in use: %s",
		                 STR_FMT(address->text), strerror(reason));
	return true;
}

static bool find_inet_occupant(const struct socket_address *address, enum occupant *found_r)
{
	int fd = open_stream(address->family), yes = 1;

	*found_r = OCCUPANT_NONE;
	if (fd < 0)
		return true;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (const struct sockaddr *)&address->bound, address->bound_len) != 0 &&
	    errno == EADDRINUSE)
		*found_r = OCCUPANT_ALIVE;
	close(fd);
	return true;
}

bool socket_make_way(const struct socket_address *address, struct deadline deadline,
                     struct error *err_r)
{
	enum occupant found;

	for (;;) {
		if (address->family != AF_UNIX)
			find_inet_occupant(address, &found);
		else if (!find_unix_occupant(address, &found, err_r))
			return false;
		if (found != OCCUPANT_ALIVE)
			break;
		if (deadline_passed(deadline))
			return error_set(err_r,
			                 "%.*s: another program answers there; stop it or "
			                 "choose another address",
			                 STR_FMT(address->text));
		poll(NULL, 0, RETRY_MS);
	}
	if (found == OCCUPANT_STALE && unlink(address->path) != 0 && errno != ENOENT)
		return error_set(err_r, "%.*s: can't remove the old socket: %s",
		                 STR_FMT(address->text), strerror(errno));
	return true;
}

static bool set_options(int fd, const struct socket_address *address)
{
	int yes = 1;

	if (address->family == AF_UNIX)
		return true;
	if (address->family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0)
		return false;
	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0;
}

static bool explain_bind(const struct socket_address *address, int reason, struct error *err_r)
{
	const char *slash;

	if (address->family == AF_UNIX && reason == ENOENT) {
		slash = strrchr(address->path, '/');
		return error_set(err_r, "%.*s: the directory %.*s is missing; create it",
		                 STR_FMT(address->text), (int)(slash - address->path),
		                 address->path);
	}
	return error_set(err_r, "%.*s: %s", STR_FMT(address->text), strerror(reason));
}

int socket_listen(const struct socket_address *address, mode_t mode, struct error *err_r)
{
	int fd = open_stream(address->family), failure;
	mode_t mask;

	if (fd < 0) {
		error_set(err_r, "%.*s: %s", STR_FMT(address->text), strerror(errno));
		return -1;
	}
	mask = umask(~mode & 0777);
	failure = !set_options(fd, address) ||
	                          bind(fd, (const struct sockaddr *)&address->bound,
	                               address->bound_len) != 0 ||
	                          listen(fd, LISTEN_BACKLOG) != 0
	                  ? errno
	                  : 0;
	umask(mask);
	if (failure != 0) {
		explain_bind(address, failure, err_r);
		close(fd);
		return -1;
	}
	return fd;
}

bool socket_give(const struct socket_address *address, const struct socket_access *access,
                 struct error *err_r)
{
	if (address->family != AF_UNIX)
		return true;
	if ((access->owner != (uid_t)-1 || access->group != (gid_t)-1) &&
	    lchown(address->path, access->owner, access->group) != 0)
		return error_set(err_r,
		                 "%.*s: can't give the socket to its group: %s; see "
		                 "socket_group",
		                 STR_FMT(address->text), strerror(errno));
	if (chmod(address->path, access->mode) != 0)
		return error_set(err_r, "%.*s: %s", STR_FMT(address->text), strerror(errno));
	return true;
}

static bool is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family)
		return false;
	switch (a->ss_family) {
	case AF_UNIX:
		return strcmp(((const struct sockaddr_un *)a)->sun_path,
		              ((const struct sockaddr_un *)b)->sun_path) == 0;
	case AF_INET:
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	case AF_INET6:
		return a6->sin6_port == b6->sin6_port &&
		       memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
	default:
		return false;
	}
}

bool socket_listens(int fd, const struct socket_address *address)
{
	/* Longer than a path without a NUL. */
	struct sockaddr_storage bound = { 0 };
	socklen_t bound_len = sizeof(bound) - 1, len = sizeof(int);
	int listens = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens != 0 &&
	       getsockname(fd, (struct sockaddr *)&bound, &bound_len) == 0 &&
	       is_same(&bound, &address->bound);
}
