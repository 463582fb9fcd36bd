/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/milter_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strbuf.h"

#define PROTOCOL_VERSION 6
#define ALL_ACTIONS      0x1ffu
#define BODY_CHUNK       65535
/* A reply with a whole header field is the longest that there is. */
#define PACKET_MAX (1024 * 1024)

/* Protocol bits of the negotiation: stages that the filter doesn't want, or doesn't answer. */
enum stage_bit {
	STAGE_NO_CONNECT = 0x1,
	STAGE_NO_HELO = 0x2,
	STAGE_NO_MAIL = 0x4,
	STAGE_NO_RCPT = 0x8,
	STAGE_NO_BODY = 0x10,
	STAGE_NO_HEADERS = 0x20,
	STAGE_NO_EOH = 0x40,
	STAGE_QUIET_HEADER = 0x80,
	STAGE_NO_DATA = 0x200,
	STAGE_CAN_SKIP = 0x400,
	STAGE_QUIET_CONNECT = 0x1000,
	STAGE_QUIET_HELO = 0x2000,
	STAGE_QUIET_MAIL = 0x4000,
	STAGE_QUIET_RCPT = 0x8000,
	STAGE_QUIET_DATA = 0x10000,
	STAGE_QUIET_EOH = 0x40000,
	STAGE_QUIET_BODY = 0x80000,
	STAGE_LEADING_SPACE = 0x100000,
};

struct milter_client {
	int fd;
	uint32_t protocol; /* what the filter chose */
};

/* What one exchange works with. */
struct exchange {
	struct milter_client *client;
	struct arena *arena;
	struct milter_result *result;
	struct error *err;
	bool skip_body;
};

static int connect_unix(const char *path, struct error *err_r)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		error_set(err_r, "%s: the path is longer than a unix socket's may be", path);
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error_set(err_r, "%s: cannot connect: %s; is assayd running?", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int connect_inet(const char *host, const char *port, struct error *err_r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	int status = getaddrinfo(host, port, &hints, &found), fd = -1;

	if (status != 0) {
		error_set(err_r, "%s port %s: %s", host, port, gai_strerror(status));
		return -1;
	}
	for (struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		error_set(err_r, "%s port %s: cannot connect: %s; is assayd running?", host, port,
		          strerror(errno));
	freeaddrinfo(found);
	return fd;
}

/* "port@host", "host:port" or "[address]:port". */
static int connect_inet_address(struct arena *arena, struct str address, struct error *err_r)
{
	ptrdiff_t at = str_find_char(address, '@'), colon = str_rfind_char(address, ':');
	struct str host, port;

	if (at < 0 && colon < 0) {
		error_set(err_r, "%.*s: no host; write inet:port@host", STR_FMT(address));
		return -1;
	}
	host = at >= 0 ? str_from_offset(address, (size_t)at + 1)
	               : str_prefix(address, (size_t)colon);
	port = at >= 0 ? str_prefix(address, (size_t)at)
	               : str_from_offset(address, (size_t)colon + 1);
	if (host.len > 1 && host.data[0] == '[' && host.data[host.len - 1] == ']')
		host = (struct str){ host.data + 1, host.len - 2 };
	return connect_inet(arena_cstr(arena, host), arena_cstr(arena, port), err_r);
}

static int connect_address(const char *address, struct error *err_r)
{
	struct str s = str_from(address);
	struct arena *arena = arena_new();
	ptrdiff_t colon = str_find_char(s, ':');
	int fd;

	if (str_starts(s, STR("inet")) && colon > 0)
		fd = connect_inet_address(arena, str_from_offset(s, (size_t)colon + 1), err_r);
	else if (str_starts(s, STR("unix:")) || str_starts(s, STR("local:")))
		fd = connect_unix(address + colon + 1, err_r);
	else
		fd = connect_unix(address, err_r);
	arena_free(arena);
	return fd;
}

static bool io_failed(struct error *err_r, const char *what)
{
	return error_set(err_r, "%s the filter failed: %s", what,
	                 errno == EAGAIN ? "no answer in time" : strerror(errno));
}

static bool send_all(int fd, const void *data, size_t len, struct error *err_r)
{
	while (len > 0) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return io_failed(err_r, "writing to");
		data = (const char *)data + sent;
		len -= (size_t)sent;
	}
	return true;
}

static bool receive_all(int fd, void *data, size_t len, struct error *err_r)
{
	while (len > 0) {
		ssize_t got = recv(fd, data, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			return error_set(err_r, "the filter closed the connection");
		if (got < 0)
			return io_failed(err_r, "reading from");
		data = (char *)data + got;
		len -= (size_t)got;
	}
	return true;
}

static bool send_packet(const struct exchange *x, char command, struct str payload)
{
	struct strbuf buf;
	uint32_t len = htonl((uint32_t)payload.len + 1);

	strbuf_init(&buf, x->arena);
	strbuf_add(&buf, (struct str){ (const char *)&len, sizeof(len) });
	strbuf_add_char(&buf, command);
	strbuf_add(&buf, payload);
	return send_all(x->client->fd, buf.data, buf.len, x->err);
}

static bool receive_packet(const struct exchange *x, char *command_r, struct str *payload_r)
{
	uint32_t len;
	char *data;

	if (!receive_all(x->client->fd, &len, sizeof(len), x->err))
		return false;
	len = ntohl(len);
	if (len == 0 || len > PACKET_MAX)
		return error_set(x->err, "the filter sent a packet of %u bytes; is it a milter?",
		                 len);
	data = arena_alloc(x->arena, len);
	if (!receive_all(x->client->fd, data, len, x->err))
		return false;
	*command_r = data[0];
	*payload_r = (struct str){ data + 1, len - 1 };
	return true;
}

static void add_number(struct strbuf *buf, uint32_t number)
{
	number = htonl(number);
	strbuf_add(buf, (struct str){ (const char *)&number, sizeof(number) });
}

static uint32_t number_at(struct str payload, size_t offset)
{
	uint32_t number;

	if (payload.len < offset + sizeof(number))
		return 0;
	memcpy(&number, payload.data + offset, sizeof(number));
	return ntohl(number);
}

static bool negotiate(const struct exchange *x)
{
	struct strbuf offer;
	struct str payload;
	char command;

	strbuf_init(&offer, x->arena);
	add_number(&offer, PROTOCOL_VERSION);
	add_number(&offer, ALL_ACTIONS);
	add_number(&offer, 0x1fffff);
	if (!send_packet(x, 'O', strbuf_str(&offer)) || !receive_packet(x, &command, &payload))
		return false;
	if (command != 'O' || payload.len < 12)
		return error_set(x->err, "the filter doesn't negotiate; is it a milter?");
	x->client->protocol = number_at(payload, 8);
	return true;
}

struct milter_client *milter_client_open(const char *address, int timeout_ms, struct error *err_r)
{
	struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct milter_client *client;
	struct exchange x = { .err = err_r };
	int fd = connect_address(address, err_r);
	bool ok;

	if (fd < 0)
		return NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	client = memory_calloc(1, sizeof(*client));
	client->fd = fd;
	x.client = client;
	x.arena = arena_new();
	ok = negotiate(&x);
	arena_free(x.arena);
	if (ok)
		return client;
	milter_client_close(client);
	return NULL;
}

void milter_client_close(struct milter_client *client)
{
	static const char quit[] = { 0, 0, 0, 1, 'Q' };

	if (client == NULL)
		return;
	send(client->fd, quit, sizeof(quit), MSG_NOSIGNAL);
	close(client->fd);
	free(client);
}

/* The string at the front of a payload, up to its NUL. */
static struct str next_string(struct str *payload)
{
	struct str piece = STR("");

	str_next_piece(payload, '\0', &piece);
	if (payload->data == NULL)
		*payload = STR("");
	return piece;
}

static void add_header_edit(const struct exchange *x, char command, struct str payload)
{
	struct header_edit edit = { .kind = HEADER_APPEND, .index = 1 };

	if (command != 'h') {
		edit.index = number_at(payload, 0);
		payload = str_from_offset(payload, sizeof(uint32_t));
		edit.kind = command == 'i' ? HEADER_INSERT : HEADER_CHANGE;
	}
	edit.name = next_string(&payload);
	edit.value = next_string(&payload);
	if (command == 'm' && edit.value.len == 0)
		edit.kind = HEADER_DELETE;
	if (x->client->protocol & STAGE_LEADING_SPACE && edit.value.len > 0 &&
	    edit.value.data[0] == ' ')
		edit.value = str_from_offset(edit.value, 1);
	vec_push(x->arena, &x->result->edits, edit);
}

static struct str unbracketed(struct str address)
{
	if (address.len >= 2 && address.data[0] == '<' && address.data[address.len - 1] == '>')
		return (struct str){ address.data + 1, address.len - 2 };
	return address;
}

/* One packet of the filter; true where it ends the exchange of this stage. */
static bool take_reply(struct exchange *x, char command, struct str payload)
{
	struct milter_result *result = x->result;

	switch (command) {
	case 'h':
	case 'i':
	case 'm':
		add_header_edit(x, command, payload);
		return false;
	case '-':
		vec_push(x->arena, &result->deleted_recipients, unbracketed(next_string(&payload)));
		return false;
	case '+':
		vec_push(x->arena, &result->added_recipients, unbracketed(next_string(&payload)));
		return false;
	case 'e':
		result->new_sender = unbracketed(next_string(&payload));
		result->has_new_sender = true;
		return false;
	case 'a':
		result->answer = MILTER_ACCEPT;
		return true;
	case 'd':
		result->answer = MILTER_DISCARD;
		return true;
	case 'r':
		result->answer = MILTER_REJECT;
		return true;
	case 't':
		result->answer = MILTER_TEMPFAIL;
		return true;
	case 'y':
		result->reply = next_string(&payload);
		result->answer =
			str_starts(result->reply, STR("4")) ? MILTER_TEMPFAIL : MILTER_REJECT;
		return true;
	case 's':
		x->skip_body = true;
		return true;
	case 'c':
		return true;
	default: /* progress, and what this client has no use for */
		return false;
	}
}

/* Sends a command and, unless the filter said that it keeps quiet, waits for its answer. True
 * where the filter wants to see more. */
static bool stage(struct exchange *x, char command, struct str payload, uint32_t unwanted,
                  uint32_t quiet)
{
	bool done = false;

	if (x->client->protocol & unwanted)
		return true;
	if (!send_packet(x, command, payload))
		return false;
	if (x->client->protocol & quiet)
		return true;
	while (!done) {
		struct str reply;

		if (!receive_packet(x, &command, &reply))
			return false;
		done = take_reply(x, command, reply);
	}
	return x->result->answer == MILTER_CONTINUE;
}

static void add_macro(struct strbuf *buf, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	strbuf_printf(buf, "%s", name);
	strbuf_add_char(buf, '\0');
	strbuf_add(buf, value);
	strbuf_add_char(buf, '\0');
}

static bool send_macros(const struct exchange *x, char stage_command, const struct envelope *e)
{
	struct strbuf buf;

	strbuf_init(&buf, x->arena);
	strbuf_add_char(&buf, stage_command);
	add_macro(&buf, "j", e->host);
	add_macro(&buf, "{daemon_name}", e->daemon_name);
	add_macro(&buf, "{client_addr}", e->client_ip);
	add_macro(&buf, "{client_name}", e->client_name);
	add_macro(&buf, "{auth_authen}", e->auth_user);
	add_macro(&buf, "i", e->queue_id);
	return send_packet(x, 'D', strbuf_str(&buf));
}

static bool send_connect(struct exchange *x, const struct envelope *e)
{
	struct strbuf buf;
	struct str name = e->client_name.len > 0 ? e->client_name : STR("localhost");

	strbuf_init(&buf, x->arena);
	strbuf_add(&buf, name);
	strbuf_add_char(&buf, '\0');
	strbuf_add_char(&buf, str_find_char(e->client_ip, ':') >= 0 ? '6' : '4');
	strbuf_add(&buf, STR("\0\x19"));
	strbuf_add(&buf, e->client_ip);
	strbuf_add_char(&buf, '\0');
	return send_macros(x, 'C', e) &&
	       stage(x, 'C', strbuf_str(&buf), STAGE_NO_CONNECT, STAGE_QUIET_CONNECT);
}

static struct str with_nul(struct arena *arena, struct str s)
{
	struct str copy = arena_str(arena, s);

	return (struct str){ copy.data, copy.len + 1 };
}

static bool send_envelope(struct exchange *x, const struct envelope *e)
{
	struct str helo = e->helo.len > 0 ? e->helo : STR("localhost");
	struct str sender = arena_printf(x->arena, "<%.*s>", STR_FMT(e->sender));

	if (!stage(x, 'H', with_nul(x->arena, helo), STAGE_NO_HELO, STAGE_QUIET_HELO) ||
	    !send_macros(x, 'M', e) ||
	    !stage(x, 'M', with_nul(x->arena, sender), STAGE_NO_MAIL, STAGE_QUIET_MAIL))
		return false;
	for (size_t i = 0; i < e->recipients.len; i++) {
		struct str recipient =
			arena_printf(x->arena, "<%.*s>", STR_FMT(e->recipients.items[i].address));

		if (!stage(x, 'R', with_nul(x->arena, recipient), STAGE_NO_RCPT, STAGE_QUIET_RCPT))
			return false;
	}
	return stage(x, 'T', STR(""), STAGE_NO_DATA, STAGE_QUIET_DATA);
}

static bool send_header(struct exchange *x, const struct header *header)
{
	struct str value = header->raw;
	struct strbuf buf;

	if (!(x->client->protocol & STAGE_LEADING_SPACE) && value.len > 0 && value.data[0] == ' ')
		value = str_from_offset(value, 1);
	strbuf_init(&buf, x->arena);
	strbuf_add(&buf, header->name);
	strbuf_add_char(&buf, '\0');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] != '\r' && value.data[i] != '\0')
			strbuf_add_char(&buf, value.data[i]);
	}
	strbuf_add_char(&buf, '\0');
	return stage(x, 'L', strbuf_str(&buf), STAGE_NO_HEADERS, STAGE_QUIET_HEADER);
}

/* A body in SMTP's line ends. */
static struct str with_crlf(struct arena *arena, struct str body)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < body.len; i++) {
		if (body.data[i] == '\n' && (i == 0 || body.data[i - 1] != '\r'))
			strbuf_add_char(&buf, '\r');
		strbuf_add_char(&buf, body.data[i]);
	}
	return strbuf_str(&buf);
}

static bool send_message(struct exchange *x, struct str raw)
{
	struct header_list headers;
	bool overflow;
	size_t body_at;
	struct str body;

	header_parse(x->arena, raw, SIZE_MAX, &headers, &body_at, &overflow);
	for (size_t i = 0; i < headers.len; i++) {
		if (!send_header(x, &headers.items[i]))
			return false;
	}
	if (!stage(x, 'N', STR(""), STAGE_NO_EOH, STAGE_QUIET_EOH))
		return false;
	body = with_crlf(x->arena, str_from_offset(raw, body_at));
	while (body.len > 0 && !x->skip_body) {
		if (!stage(x, 'B', str_prefix(body, BODY_CHUNK), STAGE_NO_BODY, STAGE_QUIET_BODY))
			return false;
		body = str_from_offset(body, BODY_CHUNK);
	}
	return stage(x, 'E', STR(""), 0, 0);
}

bool milter_client_send(struct milter_client *client, struct arena *arena,
                        const struct envelope *envelope, struct str raw,
                        struct milter_result *result_r, struct error *err_r)
{
	struct exchange x = { client, arena, result_r, err_r, false };

	*result_r = (struct milter_result){ .answer = MILTER_CONTINUE };
	err_r->text[0] = '\0';
	if (send_connect(&x, envelope) && send_envelope(&x, envelope))
		send_message(&x, raw);
	return err_r->text[0] == '\0';
}
