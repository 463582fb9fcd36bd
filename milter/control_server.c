/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/control_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_limit.h"
#include "control/control_connection.h"
#include "milter/control_answer.h"

/* More wait in the system's queue until one of these is over, which takes seconds. */
#define CONNECTIONS_MAX 32
#define SOCKET_MODE     0660
/* A predecessor closes its socket before it ends. */
#define WAIT_FOR_SOCKET_MS 1000
#define TICK_MS            1000
/* How often it is looked whether something that takes long is done. */
#define WAIT_MS 20

/* The first two that are polled. */
enum {
	POLL_WAKE,
	POLL_LISTEN,
	POLL_CONNECTIONS,
};

struct client {
	struct control_connection connection;
	struct ucred who;
	struct control_answer answer;
};

static struct {
	int fd; /* of the listening socket */
	int wake_fd;
	struct socket_address address;
	dev_t dev; /* of the socket, to remove no successor's */
	ino_t ino;
	pthread_t thread;
	bool runs;
	struct client clients[CONNECTIONS_MAX];
	size_t count;
	bool cannot_accept; /* no descriptors are left; tried again after a tick */
} server = { .fd = -1, .wake_fd = -1 };

static bool open_socket(struct arena *arena, struct str address, const struct socket_access *access,
                        struct error *err_r)
{
	struct stat st;

	if (!socket_address_parse(arena, "control", address, &server.address, err_r) ||
	    !socket_resolve(&server.address, err_r) ||
	    !socket_make_way(&server.address, deadline_in_ms(WAIT_FOR_SOCKET_MS), err_r))
		return false;
	/* Nobody else may connect before it has its owner and group. */
	server.fd = socket_listen(&server.address, access->mode & 0600, err_r);
	if (server.fd < 0)
		return false;
	if (!socket_give(&server.address, access, err_r))
		return false;
	if (lstat(server.address.path, &st) != 0)
		return error_set(err_r, "%.*s: %s", STR_FMT(server.address.text), strerror(errno));
	server.dev = st.st_dev;
	server.ino = st.st_ino;
	return true;
}

void control_server_open(struct arena *arena, struct str address, uid_t owner, gid_t group)
{
	struct socket_access access = { .mode = SOCKET_MODE, .owner = owner, .group = group };
	struct error error;

	if (address.len == 0 || open_socket(arena, address, &access, &error))
		return;
	log_warning(NULL,
	            "%s; assay status and assay reload can't reach this process (control in "
	            "assay.conf)",
	            error.text);
	if (server.fd >= 0)
		close(server.fd);
	server.fd = -1;
}

static void end_client(size_t i)
{
	struct client *client = &server.clients[i];

	control_answer_abandon(&client->answer);
	close(client->connection.fd);
	control_connection_end(&client->connection);
	*client = server.clients[--server.count];
}

static void accept_client(void)
{
	struct client *client = &server.clients[server.count];
	socklen_t len = sizeof(client->who);
	int fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		server.cannot_accept = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
		return;
	}
	memset(client, 0, sizeof(*client));
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &client->who, &len) != 0)
		client->who = (struct ucred){ .uid = (uid_t)-1, .gid = (gid_t)-1 };
	control_connection_begin(&client->connection, fd);
	server.count++;
}

static void log_refusal(const struct client *client)
{
	static struct log_limit limit = { .interval_us = INT64_C(60) * 1000000 };
	unsigned left_out;

	if (log_limit_pass(&limit, &left_out))
		log_warning(NULL, "control: a request of user id %u, pid %d, was refused: %.*s",
		            (unsigned)client->who.uid, (int)client->who.pid,
		            (int)client->connection.answer.len - 1, client->connection.answer.data);
}

static void serve(struct client *client)
{
	struct control_connection *connection = &client->connection;
	enum control_state before = connection->state;
	struct str answer;

	control_connection_serve(connection);
	if (before == CONTROL_READS && connection->refused)
		log_refusal(client);
	if (before == CONTROL_READS && connection->state == CONTROL_WAITS)
		control_answer_begin(&client->answer, &connection->request, &client->who);
	if (connection->state == CONTROL_WAITS &&
	    control_answer_ready(&client->answer, connection->arena, &answer)) {
		control_connection_answer(connection, answer);
		control_connection_serve(connection);
	}
}

/* From the last one on, as ending one moves the last into its place. */
static void serve_clients(const struct pollfd *polled)
{
	for (size_t i = server.count; i > 0; i--) {
		struct client *client = &server.clients[i - 1];

		/* Whoever waits for an answer has nothing more to say, so this is his end. */
		if (client->connection.state == CONTROL_WAITS && polled[i - 1].revents != 0)
			client->connection.state = CONTROL_IS_OVER;
		else
			serve(client);
		if (client->connection.state == CONTROL_IS_OVER)
			end_client(i - 1);
	}
}

static short wanted_events(const struct control_connection *connection)
{
	switch (connection->state) {
	case CONTROL_READS:
		return POLLIN;
	case CONTROL_WRITES:
		return POLLOUT;
	default:
		return 0; /* its end is told anyway */
	}
}

static int fill_poll(struct pollfd *polled)
{
	int timeout = server.count > 0 || server.cannot_accept ? TICK_MS : -1;

	polled[POLL_WAKE] = (struct pollfd){ .fd = server.wake_fd, .events = POLLIN };
	polled[POLL_LISTEN] = (struct pollfd){
		.fd = server.count < CONNECTIONS_MAX && !server.cannot_accept ? server.fd : -1,
		.events = POLLIN,
	};
	for (size_t i = 0; i < server.count; i++) {
		const struct control_connection *connection = &server.clients[i].connection;

		polled[POLL_CONNECTIONS + i] = (struct pollfd){
			.fd = connection->fd,
			.events = wanted_events(connection),
		};
		if (connection->state == CONTROL_WAITS)
			timeout = WAIT_MS;
	}
	return timeout;
}

static void *run(void *unused)
{
	struct pollfd polled[POLL_CONNECTIONS + CONNECTIONS_MAX];

	for (;;) {
		int timeout = fill_poll(polled);

		if (poll(polled, POLL_CONNECTIONS + server.count, timeout) < 0)
			continue; /* a signal */
		if (polled[POLL_WAKE].revents != 0)
			return unused;
		server.cannot_accept = false;
		serve_clients(polled + POLL_CONNECTIONS);
		if (polled[POLL_LISTEN].revents != 0)
			accept_client();
	}
}

static void remove_socket(void)
{
	struct stat st;

	if (lstat(server.address.path, &st) == 0 && st.st_dev == server.dev &&
	    st.st_ino == server.ino)
		unlink(server.address.path);
	close(server.fd);
	server.fd = -1;
}

void control_server_start(const struct service *service)
{
	int failure;

	if (server.fd < 0)
		return;
	control_answer_init(service);
	server.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	failure = server.wake_fd < 0 ? errno : pthread_create(&server.thread, NULL, run, NULL);
	server.runs = failure == 0;
	if (server.runs)
		return;
	log_warning(NULL, "control: can't start its thread: %s", strerror(failure));
	remove_socket();
}

void control_server_stop(void)
{
	const uint64_t one = 1;

	if (!server.runs) {
		if (server.fd >= 0)
			remove_socket();
		return;
	}
	if (write(server.wake_fd, &one, sizeof(one)) < 0)
		log_error(NULL, "control: %s", strerror(errno));
	pthread_join(server.thread, NULL);
	while (server.count > 0)
		end_client(server.count - 1);
	remove_socket();
	close(server.wake_fd);
	server.runs = false;
}
