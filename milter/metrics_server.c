/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/metrics_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "control/metrics_text.h"
#include "milter/status_read.h"

/*
 * libmicrohttpd has no thread of its own here: while one stops, a request that is nonsense makes
 * it read through NULL (0.9.75: MHD_queue_response() then says that it has taken an answer, and
 * hasn't). So nothing is served any more when it is told to stop.
 */

#define CONNECTIONS_MAX    16
#define TIMEOUT_S          10
#define MEMORY_BYTES       (32 * 1024) /* of a connection, for its request */
#define WAIT_FOR_SOCKET_MS 1000

static struct {
	int fd;
	struct socket_address address;
	const struct service *service;
	struct MHD_Daemon *http;
	int http_fd; /* tells when it has something to do */
	int wake_fd;
	pthread_t thread;
} server = { .fd = -1, .wake_fd = -1 };

enum {
	POLL_WAKE,
	POLL_HTTP,
	POLL_COUNT,
};

void metrics_server_open(struct arena *arena, struct str address,
                         const struct socket_access *access)
{
	struct error error;

	if (address.len == 0)
		return;
	if (socket_address_parse(arena, "metrics", address, &server.address, &error) &&
	    socket_resolve(&server.address, &error) &&
	    socket_make_way(&server.address, deadline_in_ms(WAIT_FOR_SOCKET_MS), &error))
		server.fd = socket_listen(&server.address, access->mode, &error);
	if (server.fd >= 0 && socket_give(&server.address, access, &error))
		return;
	log_warning(NULL, "%s; there are no metrics", error.text);
	if (server.fd >= 0)
		close(server.fd);
	server.fd = -1;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, struct str text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(text.len, (void *)text.data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, METRICS_TEXT_TYPE);
	if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, code, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection)
{
	struct arena *arena = arena_new();
	struct status status;
	enum MHD_Result result;

	status_read(server.service, arena, &status);
	result = answer(connection, MHD_HTTP_OK, metrics_text(arena, &status));
	arena_free(arena);
	return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **state)
{
	static char seen;

	(void)context;
	(void)version;
	(void)upload;
	/* The first call has the header only; a body isn't read. */
	if (*state == NULL) {
		*state = &seen;
		return MHD_YES;
	}
	if (*upload_len > 0) {
		*upload_len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, STR("only GET\n"));
	if (strcmp(url, "/metrics") != 0)
		return answer(connection, MHD_HTTP_NOT_FOUND, STR("see /metrics\n"));
	return answer_metrics(connection);
}

/* Strangers' requests are no matter for the log. */
static void ignore_log(void *context, const char *format, va_list args)
{
	(void)context;
	(void)format;
	(void)args;
}

static int timeout_ms(void)
{
	MHD_UNSIGNED_LONG_LONG left;

	if (MHD_get_timeout(server.http, &left) != MHD_YES)
		return -1;
	return left < TIMEOUT_S * 1000 ? (int)left : TIMEOUT_S * 1000;
}

static void *run(void *unused)
{
	for (;;) {
		struct pollfd polled[POLL_COUNT] = {
			[POLL_WAKE] = { .fd = server.wake_fd, .events = POLLIN },
			[POLL_HTTP] = { .fd = server.http_fd, .events = POLLIN },
		};

		if (poll(polled, POLL_COUNT, timeout_ms()) < 0)
			continue; /* a signal */
		if (polled[POLL_WAKE].revents != 0)
			return unused;
		MHD_run(server.http);
	}
}

static bool start_http(void)
{
	const union MHD_DaemonInfo *info;

	server.http = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, NULL,
		MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL, MHD_OPTION_LISTEN_SOCKET, server.fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
		MHD_OPTION_END);
	if (server.http == NULL)
		return false;
	info = MHD_get_daemon_info(server.http, MHD_DAEMON_INFO_EPOLL_FD);
	server.http_fd = info != NULL ? info->epoll_fd : -1;
	return server.http_fd >= 0;
}

static bool start_thread(void)
{
	server.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return server.wake_fd >= 0 && pthread_create(&server.thread, NULL, run, NULL) == 0;
}

/* All but the thread. */
static void end(void)
{
	if (server.http != NULL)
		MHD_stop_daemon(server.http); /* closes the socket, too */
	else
		close(server.fd);
	if (server.wake_fd >= 0)
		close(server.wake_fd);
	server.http = NULL;
	server.fd = server.wake_fd = -1;
	if (server.address.family == AF_UNIX)
		unlink(server.address.path);
}

void metrics_server_start(const struct service *service)
{
	if (server.fd < 0)
		return;
	server.service = service;
	if (start_http() && start_thread()) {
		log_info(NULL, "serving %.*s", STR_FMT(server.address.text));
		return;
	}
	log_warning(NULL, "metrics: can't start their thread; there are none");
	end();
}

void metrics_server_stop(void)
{
	const uint64_t one = 1;

	if (server.http == NULL)
		return;
	if (write(server.wake_fd, &one, sizeof(one)) < 0)
		log_error(NULL, "metrics: %s", strerror(errno));
	pthread_join(server.thread, NULL);
	end();
}
