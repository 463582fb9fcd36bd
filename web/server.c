/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "web/live.h"
#include "web/pages.h"

#define CONNECTIONS_MAX    128
#define TIMEOUT_S          20
#define MEMORY_BYTES       ((size_t)32 * 1024) /* of a connection, for its request */
#define STACK_BYTES        ((size_t)512 * 1024)
#define HEADERS_MAX        64
#define LIVE_BLOCK         16384
#define WAIT_FOR_SOCKET_MS 3000
#define WAIT_FOR_END_MS    2000

struct server {
	struct socket_address address;
	int fd;
	const struct web *web;
	struct MHD_Daemon *http;
};

/* One request, from its first line on. */
struct exchange {
	struct arena *arena;
	struct str target;
	struct strbuf body;
	size_t body_max;
	bool begun, too_large;
};

/* Addresses. */

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

	if (address == NULL)
		return false;
	if (address->sa_family == AF_UNIX)
		return true;
	if (address->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static bool check_reach(const struct server *server, bool remote, struct error *err_r)
{
	if (remote || is_loopback((const struct sockaddr *)&server->address.bound))
		return true;
	return error_set(err_r,
	                 "%.*s: other hosts could connect there without TLS; write unix:/path or "
	                 "inet:127.0.0.1:8080 and let a web server hand it on, or web_remote yes",
	                 STR_FMT(server->address.text));
}

static bool open_socket(struct server *server, bool remote, const struct socket_access *access,
                        struct error *err_r)
{
	if (!socket_resolve(&server->address, err_r) || !check_reach(server, remote, err_r) ||
	    !socket_make_way(&server->address, deadline_in_ms(WAIT_FOR_SOCKET_MS), err_r))
		return false;
	server->fd = socket_listen(&server->address, access->mode, err_r);
	return server->fd >= 0 && socket_give(&server->address, access, err_r);
}

struct server *server_open(struct arena *arena, struct str address, bool remote,
                           const struct socket_access *access, struct error *err_r)
{
	struct server *server = arena_new_object(arena, struct server);

	server->fd = -1;
	if (socket_address_parse(arena, "web", address, &server->address, err_r) &&
	    open_socket(server, remote, access, err_r))
		return server;
	if (server->fd >= 0)
		close(server->fd);
	return NULL;
}

const char *server_text(struct arena *arena, const struct server *server)
{
	const struct socket_address *address = &server->address;

	if (address->family == AF_UNIX)
		return arena_printf(arena, "unix:%s", address->path).data;
	return arena_printf(arena,
	                    address->family == AF_INET6 ? "http://[%s]:%s/" : "http://%s:%s/",
	                    address->host, address->port)
	        .data;
}

/* Requests. */

static bool is_near(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info != NULL && is_loopback(info->client_addr);
}

struct header_reading {
	struct arena *arena;
	struct request_header *headers;
	size_t count;
	bool too_many;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
	struct header_reading *reading = context;

	(void)kind;
	reading->too_many = reading->count == HEADERS_MAX;
	if (reading->too_many)
		return MHD_NO;
	reading->headers[reading->count++] =
		(struct request_header){ str_from(name), str_from(value) };
	return MHD_YES;
}

static void free_exchange(struct exchange *exchange)
{
	if (exchange == NULL)
		return;
	arena_free(exchange->arena);
	free(exchange);
}

/* Where a connection has its exchange: libmicrohttpd tells of no end of one whose header is
 * nonsense, but always of the connection's. */
static struct exchange **exchange_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	        ->socket_context;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
	struct exchange **place = *state;

	(void)context;
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*state = memory_calloc(1, sizeof(struct exchange *));
	} else if (place != NULL) {
		free_exchange(*place);
		free(place);
		*state = NULL;
	}
}

/* Called with the target as it came, before anything of it is decoded. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
	struct exchange **place = exchange_of(connection);
	struct exchange *exchange = memory_calloc(1, sizeof(*exchange));

	(void)context;
	free_exchange(*place);
	*place = exchange;
	exchange->arena = arena_new();
	exchange->target = arena_str(exchange->arena, str_from(target));
	strbuf_init(&exchange->body, exchange->arena);
	return exchange;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
	struct exchange **place = exchange_of(connection);

	(void)context;
	(void)code;
	free_exchange(*place);
	*place = NULL;
	*state = NULL;
}

/* Responses. */

static ssize_t read_live(void *context, uint64_t position, char *out, size_t max)
{
	size_t len = live_read(context, out, max);

	(void)position;
	return len > 0 ? (ssize_t)len : MHD_CONTENT_READER_END_OF_STREAM;
}

static void free_live(void *context)
{
	live_free(context);
}

static struct MHD_Response *make_body(const struct response *response)
{
	if (response->live != NULL)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, LIVE_BLOCK, read_live,
		                                         response->live, free_live);
	return MHD_create_response_from_buffer(response->body.len, response->body.data,
	                                       MHD_RESPMEM_MUST_COPY);
}

static void add_header(struct MHD_Response *out, const char *name, const char *value)
{
	MHD_add_response_header(out, name, value);
}

/* Whatever a page has in it, a browser runs no script but ours, and asks no other host. */
static void add_headers(struct arena *arena, struct MHD_Response *out,
                        const struct response *response)
{
	add_header(out, "Content-Type", response->type);
	add_header(
		out, "Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	add_header(out, "X-Content-Type-Options", "nosniff");
	add_header(out, "X-Frame-Options", "DENY");
	add_header(out, "Referrer-Policy", "no-referrer");
	add_header(out, "Cross-Origin-Opener-Policy", "same-origin");
	add_header(out, "Cross-Origin-Resource-Policy", "same-origin");
	add_header(out, "Cache-Control",
	           response->unchanging ? "private, max-age=300" : "no-store");
	if (response->code == MHD_HTTP_METHOD_NOT_ALLOWED)
		add_header(out, "Allow", "GET, HEAD");
	if (response->live != NULL)
		add_header(out, "X-Accel-Buffering", "no");
	if (response->cookie.len > 0)
		add_header(out, "Set-Cookie", arena_cstr(arena, response->cookie));
	if (response->download.len > 0)
		add_header(out, "Content-Disposition",
		           arena_printf(arena, "attachment; filename=\"%.*s\"",
		                        STR_FMT(response->download))
		                   .data);
}

struct exchange_parts {
	struct request_header headers[HEADERS_MAX];
	struct request_parts parts;
};

static void read_parts(struct MHD_Connection *connection, const struct exchange *exchange,
                       const char *method, struct exchange_parts *read_r)
{
	struct header_reading reading = { exchange->arena, read_r->headers, 0, false };

	MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &reading);
	read_r->parts = (struct request_parts){
		.method = str_from(method),
		.target = exchange->target,
		.body = strbuf_str(&exchange->body),
		.too_large = exchange->too_large,
		.headers = read_r->headers,
		/* One that isn't seen might name somebody else. */
		.header_count = reading.too_many ? 0 : reading.count,
		.near = is_near(connection),
	};
}

static enum MHD_Result answer(const struct server *server, struct MHD_Connection *connection,
                              struct exchange *exchange, const char *method)
{
	struct exchange_parts read;
	struct response response;
	struct MHD_Response *out;
	enum MHD_Result result;

	read_parts(connection, exchange, method, &read);
	pages_answer(server->web, exchange->arena, &read.parts, &response);
	out = make_body(&response);
	if (out == NULL) {
		live_free(response.live);
		return MHD_NO;
	}
	add_headers(exchange->arena, out, &response);
	result = MHD_queue_response(connection, response.code, out);
	MHD_destroy_response(out);
	return result;
}

/* The header is there. */
static void begin_body(const struct server *server, struct MHD_Connection *connection,
                       struct exchange *exchange, const char *method)
{
	struct exchange_parts read;

	exchange->begun = true;
	read_parts(connection, exchange, method, &read);
	exchange->body_max = pages_body_max(server->web, exchange->arena, &read.parts);
}

/* What is left out of a form isn't missed where nobody may send so much. */
static void take_body(struct exchange *exchange, struct str bytes)
{
	if (exchange->body.len + bytes.len <= exchange->body_max)
		strbuf_add(&exchange->body, bytes);
	else
		exchange->too_large = true;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **state)
{
	struct exchange *exchange = *state;

	(void)url;
	(void)version;
	if (exchange == NULL)
		return MHD_NO;
	/* The first call has the header only. */
	if (!exchange->begun) {
		begin_body(context, connection, exchange, method);
		return MHD_YES;
	}
	if (*upload_len > 0) {
		take_body(exchange, (struct str){ upload, *upload_len });
		*upload_len = 0;
		return MHD_YES;
	}
	return answer(context, connection, exchange, method);
}

/* Strangers' requests are no matter for the log. */
static void ignore_log(void *context, const char *format, va_list args)
{
	(void)context;
	(void)format;
	(void)args;
}

bool server_start(struct server *server, const struct web *web, struct error *err_r)
{
	server->web = web;
	server->http = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
			MHD_USE_ITC | MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, server->fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		MEMORY_BYTES, MHD_OPTION_THREAD_STACK_SIZE, STACK_BYTES,
		MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		end_exchange, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
		MHD_OPTION_END);
	return server->http != NULL || error_set(err_r, "web: can't start the server's threads");
}

static bool has_connections(struct MHD_Daemon *http)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info == NULL || info->num_connections > 0;
}

/*
 * What is under way is answered. True once nobody is connected: else libmicrohttpd may not be
 * stopped, since it then reads through NULL (0.9.75) where a request is nonsense.
 */
static bool wait_for_end(struct MHD_Daemon *http)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	const struct deadline deadline = deadline_in_ms(WAIT_FOR_END_MS);

	while (has_connections(http)) {
		if (deadline_passed(deadline))
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool end_http(struct server *server)
{
	int fd = MHD_quiesce_daemon(server->http);

	if (fd >= 0)
		close(fd);
	if (!wait_for_end(server->http))
		return false;
	MHD_stop_daemon(server->http);
	return true;
}

bool server_close(struct server *server)
{
	bool ended = true;

	if (server->address.family == AF_UNIX)
		unlink(server->address.path);
	live_stop();
	if (server->http != NULL)
		ended = end_http(server);
	else if (server->fd >= 0)
		close(server->fd);
	server->http = NULL;
	server->fd = -1;
	return ended;
}
