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
#include "facts/checks.h"
#include "milter/srs_connection.h"
#include "scoring/sender_check.h"

#define CONNECTIONS_MAX    500
#define WAIT_FOR_SOCKET_MS 5000
/* How long a client may take to send a request or read its answer, and how long it may be silent.
 */
#define STALLED_US (INT64_C(10) * 1000000)
#define IDLE_US    (INT64_C(600) * 1000000)
#define TICK_MS    1000
/* How often requests that wait for the DNS are checked. */
#define WAIT_MS 10

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
	const struct service *service;
	pthread_t thread;
	bool runs;
	struct srs_connection *connections[CONNECTIONS_MAX];
	size_t count;
	bool cannot_accept; /* no descriptors are left; tried again after a tick */
} server = { .fd = -1, .wake_fd = -1 };

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
	if (!socket_address_parse(arena, "srs_socketmap", address, &server.address, err_r) ||
	    !socket_resolve(&server.address, err_r) ||
	    !socket_make_way(&server.address, deadline_in_ms(WAIT_FOR_SOCKET_MS), err_r))
		return false;
	server.fd = socket_listen(&server.address, access->mode, err_r);
	return server.fd >= 0 && socket_give(&server.address, access, err_r) &&
	       note_unix_socket(err_r);
}

/* Requests. */

/* What srs when-needed waits for. */
struct pending {
	struct sender_check *check;
	struct deadline until;
};

static void abandon_pending(struct srs_connection *connection)
{
	struct pending *pending = connection->pending;

	if (pending == NULL)
		return;
	sender_check_abandon(pending->check);
	free(pending);
	connection->pending = NULL;
}

static struct pending *start_pending(const struct policy *policy, struct str sender)
{
	struct envelope envelope = { .sender = sender, .has_sender = true };
	struct pending *pending = memory_calloc(1, sizeof(*pending));

	pending->check = sender_check_start(policy, &envelope, server.service->lookups);
	pending->until = checks_waiting_ends(deadline_in_ms(policy->settings.scan_timeout));
	return pending;
}

/* For srs when-needed, of a sender that would be rewritten: false where it is not known yet. */
static bool judge_sender(struct srs_connection *connection, const struct policy *policy,
                         struct str sender, struct str *answer_r)
{
	struct pending *pending = connection->pending;

	if (pending == NULL)
		connection->pending = pending = start_pending(policy, sender);
	if (pending->check != NULL && !sender_check_done(pending->check) &&
	    !deadline_passed(pending->until))
		return false;
	if (sender_check_passes(pending->check, deadline_in_ms(0)))
		*answer_r = STR("NOTFOUND its SPF passes from here");
	pending->check = NULL;
	abandon_pending(connection);
	return true;
}

static bool answer(struct srs_connection *connection, struct arena *arena, struct str request,
                   struct str *answer_r)
{
	const struct policy *policy = policy_pin(server.service->slot);
	bool known = true;

	*answer_r = STR("TEMP no secrets are configured");
	if (policy->has_srs_secrets)
		*answer_r = srs_lookup(arena, &policy->srs, policy->forward_maps, request,
		                       (int64_t)time(NULL));
	if (policy->settings.srs == SRS_POLICY_WHEN_NEEDED &&
	    str_starts(request, STR("forward ")) && str_starts(*answer_r, STR("OK ")))
		known = judge_sender(connection, policy, str_from_offset(request, 8), answer_r);
	policy_unpin(server.service->slot, policy);
	return known;
}

/* Connections. */

static void end_connection(size_t i)
{
	abandon_pending(server.connections[i]);
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
		bool polled_it = polled[i - 1].revents != 0, over;

		if (connection->waits && polled_it)
			over = true; /* nothing was asked of it, so this is its end */
		else if (connection->more || connection->waits || polled_it)
			over = !srs_connection_serve(connection, answer);
		else
			over = is_over(connection, now_us);
		if (over)
			end_connection(i - 1);
	}
}

/* The thread. */

/* One that waits is looked at with every tick; what it sends meanwhile may wait, too. */
static short wanted_events(const struct srs_connection *connection)
{
	if (connection->waits)
		return 0;
	return connection->out_len > 0 ? POLLOUT : POLLIN;
}

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
			.events = wanted_events(connection),
		};
		if (connection->more)
			timeout = 0;
		else if (connection->waits && timeout != 0)
			timeout = WAIT_MS;
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

bool srs_server_start(const struct service *service, struct error *err_r)
{
	int failure;

	if (server.fd < 0)
		return true;
	server.service = service;
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
