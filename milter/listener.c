/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/log.h"
#include "base/socket.h"
#include "milter/admission.h"
#include "milter/connection_limits.h"
#include "milter/libmilter_io.h"

/*
 * One socket is libmilter's own affair. It has no way to serve two in one process, and two
 * processes would each hold the rules and the store. But all that it does with its descriptor is
 * to poll() it and to accept() from it. So with several sockets its descriptor becomes, by dup2(),
 * an epoll set of all of them, which poll() understands; and listener_accept(), which is called in
 * the place of accept() (libmilter_calls.h), takes a connection from whichever socket has one.
 */

#define WAIT_FOR_SOCKET_MS 5000

struct listening {
	int fd;
	bool is_unix;
	struct sockaddr_un name;
	dev_t dev; /* of the unix socket, so that a successor's isn't removed */
	ino_t ino;
};

static struct listening sockets[SETUP_LISTEN_MAX];
static size_t socket_count;
static bool is_taken_over;
static int libmilter_fd = -1;
static sa_family_t libmilter_family;
static atomic_int epoll_fd = -1;

void listener_give_address(struct sockaddr *address, socklen_t *len)
{
	/* libmilter closes connections that aren't of the family of its own socket. */
	if (address != NULL && len != NULL && *len >= sizeof(address->sa_family))
		address->sa_family = libmilter_family;
}

bool listener_is_libmilters(int fd)
{
	return fd >= 0 && fd == libmilter_fd;
}

size_t listener_count(void)
{
	return socket_count;
}

static int accept_any(int epoll, struct sockaddr *address, socklen_t *len, int flags)
{
	struct epoll_event event;
	long fd;

	if (epoll_wait(epoll, &event, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	fd = syscall(SYS_accept4, event.data.fd, NULL, NULL, flags);
	if (fd >= 0)
		listener_give_address(address, len);
	return (int)fd;
}

/* Closed, where its number is higher than any that can be served. */
static bool is_none_of_ours(int connection)
{
	if (connection < LIBMILTER_IO_DESCRIPTORS)
		return false;
	close(connection);
	errno = EMFILE;
	return true;
}

static int take_connection(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	int connection;

	if (fd == atomic_load(&epoll_fd))
		connection = accept_any(fd, address, len, flags);
	else
		connection = (int)syscall(SYS_accept4, fd, address, len, flags);
	return connection >= 0 && is_none_of_ours(connection) ? -1 : connection;
}

static void count_connection(int fd)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
		peer.ss_family = AF_UNSPEC;
	connection_limits_open(fd, (struct sockaddr *)&peer);
}

/* libmilter would ask again at once. */
static int hold_back(void)
{
	int reason = errno;

	poll(NULL, 0, admission_pause_ms());
	errno = reason;
	return -1;
}

int listener_accept(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	int connection;

	if (!admission_open())
		return hold_back();
	connection = take_connection(fd, address, len, flags);
	if (connection < 0) {
		errno = admission_failed(errno);
		return hold_back();
	}
	admission_succeeded();
	if (libmilter_io_open(connection))
		count_connection(connection);
	return connection;
}

int listener_take(int fd)
{
	int connection;

	if (!admission_open()) {
		errno = EAGAIN;
		return -1;
	}
	connection = (int)syscall(SYS_accept4, fd, NULL, NULL, SOCK_CLOEXEC);
	if (connection < 0 && errno == EINVAL)
		return -1;
	if (connection < 0 || is_none_of_ours(connection)) {
		errno = admission_failed(errno);
		return -1;
	}
	admission_succeeded();
	count_connection(connection);
	return connection;
}

/*
 * libmilter doesn't tell its descriptor. The system gives the lowest that is free: so it is one of
 * those that were free before, none that our parent left us, and it listens on the address.
 */
static int find_libmilter_fd(const int *free_before, size_t count,
                             const struct socket_address *address)
{
	for (size_t i = 0; i < count; i++) {
		if (socket_listens(free_before[i], address))
			return free_before[i];
	}
	return -1;
}

/* libmilter opens one or two descriptors. */
#define FREE_DESCRIPTORS 8

static size_t free_descriptors(int fds[FREE_DESCRIPTORS])
{
	size_t count = 0;

	for (int fd = 0; count < FREE_DESCRIPTORS && fd < LIBMILTER_IO_DESCRIPTORS; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			fds[count++] = fd;
	}
	return count;
}

static void set_no_delay(int fd, const struct socket_address *address)
{
	int yes = 1;

	/* Accepted connections inherit it. libmilter writes an answer in pieces, and with Nagle's
	 * algorithm each of them would wait for the MTA's delayed acknowledgement. */
	if (address->family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static bool set_owner(const struct socket_address *address, const struct listener_options *options,
                      struct listening *listening, struct error *err_r)
{
	struct stat st;

	if (address->family != AF_UNIX)
		return true;
	if (!socket_give(address, &options->access, err_r))
		return false;
	if (lstat(address->path, &st) != 0)
		return error_set(err_r, "%.*s: %s", STR_FMT(address->text), strerror(errno));
	listening->is_unix = true;
	listening->name = *(const struct sockaddr_un *)&address->bound;
	listening->dev = st.st_dev;
	listening->ino = st.st_ino;
	return true;
}

/* Ours first, for its error messages, then libmilter's in its place. */
static int open_libmilters(struct arena *arena, const struct socket_address *address, mode_t mode,
                           struct error *err_r)
{
	int fd = socket_listen(address, mode, err_r), result, free_before[FREE_DESCRIPTORS];
	size_t free_count;
	mode_t mask;

	if (fd < 0)
		return -1;
	close(fd);
	if (address->family == AF_UNIX)
		unlink(address->path);
	free_count = free_descriptors(free_before);
	mask = umask(~mode & 0777);
	result = smfi_setconn((char *)socket_libmilter_text(arena, address)) == MI_SUCCESS &&
	                         smfi_setbacklog(1024) == MI_SUCCESS
	                 ? smfi_opensocket(false)
	                 : MI_FAILURE;
	umask(mask);
	fd = result == MI_SUCCESS ? find_libmilter_fd(free_before, free_count, address) : -1;
	if (fd < 0)
		error_set(err_r, "%.*s: libmilter can't open it; see syslog's mail facility",
		          STR_FMT(address->text));
	return fd;
}

static bool open_one(struct arena *arena, struct str text, const struct listener_options *options,
                     struct error *err_r)
{
	struct listening *listening = &sockets[socket_count];
	struct socket_address address;

	if (!socket_address_parse(arena, "listen", text, &address, err_r) ||
	    !socket_resolve(&address, err_r) ||
	    !socket_make_way(&address, deadline_in_ms(WAIT_FOR_SOCKET_MS), err_r))
		return false;
	if (socket_count == 0)
		listening->fd = open_libmilters(arena, &address, options->access.mode, err_r);
	else
		listening->fd = socket_listen(&address, options->access.mode, err_r);
	if (listening->fd < 0)
		return false;
	if (socket_count++ == 0) {
		libmilter_fd = listening->fd;
		libmilter_family = (sa_family_t)address.family;
	}
	set_no_delay(listening->fd, &address);
	return set_owner(&address, options, listening, err_r);
}

/* Puts the epoll set in place of libmilter's socket, which gets another number. */
static bool join_sockets(struct error *err_r)
{
	int set = epoll_create1(EPOLL_CLOEXEC);

	sockets[0].fd = fcntl(libmilter_fd, F_DUPFD_CLOEXEC, 0);
	if (set < 0 || sockets[0].fd < 0 || fcntl(sockets[0].fd, F_SETFL, O_NONBLOCK) != 0)
		return error_set(err_r, "listen: %s", strerror(errno));
	for (size_t i = 0; i < socket_count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = sockets[i].fd };

		if (epoll_ctl(set, EPOLL_CTL_ADD, sockets[i].fd, &event) != 0)
			return error_set(err_r, "listen: %s", strerror(errno));
	}
	if (dup3(set, libmilter_fd, O_CLOEXEC) < 0)
		return error_set(err_r, "listen: %s", strerror(errno));
	close(set);
	atomic_store(&epoll_fd, libmilter_fd);
	return true;
}

bool listener_open(struct arena *arena, const struct listener_options *options, struct error *err_r)
{
	const struct str *text;

	vec_foreach (&options->addresses, text) {
		if (!open_one(arena, *text, options, err_r))
			return false;
	}
	return socket_count <= 1 || join_sockets(err_r);
}

size_t listener_take_over(int fds[SETUP_LISTEN_MAX], struct error *err_r)
{
	is_taken_over = true;
	/* libmilter's number will be another socket's at the end. */
	if (sockets[0].fd == libmilter_fd)
		sockets[0].fd = fcntl(libmilter_fd, F_DUPFD_CLOEXEC, 0);
	for (size_t i = 0; i < socket_count; i++) {
		fds[i] = sockets[i].fd;
		if (fds[i] < 0 || fcntl(fds[i], F_SETFL, O_NONBLOCK) != 0) {
			error_set(err_r, "listen: %s", strerror(errno));
			return 0;
		}
	}
	return socket_count;
}

static void remove_unix_socket(const struct listening *listening)
{
	struct stat st;

	/* If it can't be removed, the next start finds that nobody answers on it. */
	if (listening->is_unix && lstat(listening->name.sun_path, &st) == 0 &&
	    st.st_dev == listening->dev && st.st_ino == listening->ino)
		unlink(listening->name.sun_path);
}

/*
 * Gives libmilter a socket on which nobody ever connects: its loop, woken by the shutdown() of the
 * real one, waits there for ever and takes no error for a reason to end all sessions.
 */
static bool park_libmilter(void)
{
	int idle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un unnamed = { .sun_family = AF_UNIX };

	if (idle < 0 || bind(idle, (struct sockaddr *)&unnamed, sizeof(sa_family_t)) != 0 ||
	    listen(idle, 1) != 0)
		return false;
	if (sockets[0].fd == libmilter_fd)
		sockets[0].fd = fcntl(libmilter_fd, F_DUPFD_CLOEXEC, 0);
	atomic_store(&epoll_fd, -1);
	dup3(idle, libmilter_fd, O_CLOEXEC);
	close(idle);
	return true;
}

void listener_close(bool libmilter_runs)
{
	if (libmilter_runs && !park_libmilter()) {
		log_warning(NULL, "can't stop listening: %s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < socket_count; i++) {
		remove_unix_socket(&sockets[i]);
		/* Without its loop, libmilter has closed its own. */
		if (!libmilter_runs && sockets[i].fd == libmilter_fd)
			continue;
		shutdown(sockets[i].fd, SHUT_RDWR);
		/* Else its thread closes it, which may be about to use it. */
		if (!libmilter_runs || !is_taken_over)
			close(sockets[i].fd);
	}
	socket_count = 0;
}
