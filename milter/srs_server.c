/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/srs_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "milter/srs_connection.h"

#define CONNECTIONS_MAX    500
#define WAIT_FOR_SOCKET_MS 5000
/* How long a client may take for a request or for reading its answer, and say nothing at all. */
#define STALLED_US (INT64_C(10) * 1000000)
#define IDLE_US    (INT64_C(600) * 1000000)
#define TICK_MS    1000

/* The first two that are polled. */
enum {
	POLL_WAKE,
	POLL_LISTEN,
	POLL_CONNECTIONS,
};

static struct {
	int fd; /* of the listening socket */
	int wake_fd;
	struct socket_address address;
	dev_t dev; /* of a unix socket, to remove no successor's */
	ino_t ino;
	struct policy_slot *slot;
	pthread_t thread;
	bool runs;
	struct srs_connection *connections[CONNECTIONS_MAX];
	size_t count;
	bool cannot_accept; /* no descriptors are left; tried again after a tick */
} server = { .fd = -1, .wake_fd = -1 };

bool srs_server_check(const struct settings *settings, struct problems *problems)
{
	struct socket_address address;
	struct error error;

	if (settings->srs_socketmap.len == 0 ||
	    socket_parse(problems->arena, "srs_socketmap", settings->srs_socketmap, &address,
	                 &error))
		return true;
	return problems_add(problems, PROBLEM_ERROR,
	                    settings_place(settings, "srs_socketmap", settings->srs_socketmap),
	                    "%s", error.text);
}

static bool note_unix_socket(struct error *err_r)
{
	struct stat st;

	if (server.address.family != AF_UNIX)
		return true;
	if (lstat(server.address.path, &st) != 0)
		return error_set(err_r, "%.*s: %s", STR_FMT(server.address.text), strerror(errno));
	server.dev = st.st_dev;
	server.ino = st.st_ino;
	return true;
}

bool srs_server_open(struct arena *arena, struct str address, const struct socket_access *access,
                     struct error *err_r)
{
	if (address.len == 0)
		return true;
	if (!socket_parse(arena, "srs_socketmap", address, &server.address, err_r) ||
	    !socket_resolve(&server.address, err_r) ||
	    !socket_make_way(&server.address, deadline_in_ms(WAIT_FOR_SOCKET_MS), err_r))
		return false;
	server.fd = socket_listen(&server.address, access->mode, err_r);
	return server.fd >= 0 && socket_give(&server.address, access, err_r) &&
	       note_unix_socket(err_r);
}

/* Requests. */

static struct str answer(void *context, struct arena *arena, struct str request)
{
	const struct policy *policy = policy_pin(server.slot);
	struct str text = STR("TEMP no secrets are configured");

	(void)context;
	if (policy->has_srs_secrets)
		text = srs_lookup(arena, &policy->srs, policy->forward_maps, request,
		                  (int64_t)time(NULL));
	policy_unpin(server.slot, policy);
	return text;
}

/* Connections. */

static void end_connection(size_t i)
{
	close(server.connections[i]->fd);
	free(server.connections[i]);
	server.connections[i] = server.connections[--server.count];
}

static void end_quietest(void)
{
	size_t quietest = 0;

	for (size_t i = 1; i < server.count; i++)
		if (server.connections[i]->active_us < server.connections[quietest]->active_us)
			quietest = i;
	if (server.count > 0)
		end_connection(quietest);
}

static void accept_connection(void)
{
	struct srs_connection *connection;
	int fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		server.cannot_accept = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
		return;
	}
	if (server.count == CONNECTIONS_MAX)
		end_quietest();
	connection = memory_calloc(1, sizeof(*connection));
	connection->fd = fd;
	connection->active_us = clock_monotonic_us();
	server.connections[server.count++] = connection;
}

static bool is_over(const struct srs_connection *connection, int64_t now_us)
{
	bool waits_for_client = connection->in_len > 0 || connection->out_len > 0;

	return now_us - connection->active_us > (waits_for_client ? STALLED_US : IDLE_US);
}

/* Serves those that poll() named; from the last one on, as ending one moves the last into its
 * place. */
static void serve_connections(const struct pollfd *polled)
{
	int64_t now_us = clock_monotonic_us();

	for (size_t i = server.count; i > 0; i--) {
		struct srs_connection *connection = server.connections[i - 1];
		bool ready = connection->more || polled[i - 1].revents != 0;

		if (ready ? !srs_connection_serve(connection, answer, NULL)
		          : is_over(connection, now_us))
			end_connection(i - 1);
	}
}

/* The thread. */

static int fill_poll(struct pollfd *polled)
{
	int timeout = server.count > 0 || server.cannot_accept ? TICK_MS : -1;

	polled[POLL_WAKE] = (struct pollfd){ .fd = server.wake_fd, .events = POLLIN };
	polled[POLL_LISTEN] = (struct pollfd){
		.fd = server.cannot_accept ? -1 : server.fd,
		.events = POLLIN,
	};
	for (size_t i = 0; i < server.count; i++) {
		const struct srs_connection *connection = server.connections[i];

		polled[POLL_CONNECTIONS + i] = (struct pollfd){
			.fd = connection->fd,
			.events = connection->out_len > 0 ? POLLOUT : POLLIN,
		};
		if (connection->more)
			timeout = 0;
	}
	return timeout;
}

static void *run(void *unused)
{
	struct pollfd polled[POLL_CONNECTIONS + CONNECTIONS_MAX];

	for (;;) {
		int timeout = fill_poll(polled);

		if (poll(polled, POLL_CONNECTIONS + server.count, timeout) < 0 && errno != EINTR)
			log_error(NULL, "srs_socketmap: poll: %s", strerror(errno));
		if (polled[POLL_WAKE].revents != 0)
			return unused;
		server.cannot_accept = false;
		serve_connections(polled + POLL_CONNECTIONS);
		if (polled[POLL_LISTEN].revents != 0)
			accept_connection();
	}
}

bool srs_server_start(struct policy_slot *slot, struct error *err_r)
{
	int failure;

	if (server.fd < 0)
		return true;
	server.slot = slot;
	server.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server.wake_fd < 0)
		return error_set(err_r, "eventfd: %s", strerror(errno));
	failure = pthread_create(&server.thread, NULL, run, NULL);
	if (failure != 0)
		return error_set(err_r, "can't start the thread of srs_socketmap: %s",
		                 strerror(failure));
	server.runs = true;
	return true;
}

static void remove_socket(void)
{
	struct stat st;

	if (server.address.family == AF_UNIX && lstat(server.address.path, &st) == 0 &&
	    st.st_dev == server.dev && st.st_ino == server.ino)
		unlink(server.address.path);
	close(server.fd);
	server.fd = -1;
}

void srs_server_stop(void)
{
	const uint64_t one = 1;

	if (!server.runs)
		return;
	if (write(server.wake_fd, &one, sizeof(one)) < 0)
		log_error(NULL, "srs_socketmap: %s", strerror(errno));
	pthread_join(server.thread, NULL);
	while (server.count > 0)
		end_connection(server.count - 1);
	remove_socket();
	close(server.wake_fd);
	server.runs = false;
}
