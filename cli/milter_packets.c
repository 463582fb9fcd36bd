/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/milter_packets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROTOCOL_VERSION 6
#define ALL_ACTIONS      0x1ffu

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

int milter_connect(const char *address, struct error *err_r)
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

void milter_add_packet(struct strbuf *buf, char command, struct str payload)
{
	uint32_t len = htonl((uint32_t)payload.len + 1);

	strbuf_add(buf, (struct str){ (const char *)&len, sizeof(len) });
	strbuf_add_char(buf, command);
	strbuf_add(buf, payload);
}

static void add_number(struct strbuf *buf, uint32_t number)
{
	number = htonl(number);
	strbuf_add(buf, (struct str){ (const char *)&number, sizeof(number) });
}

uint32_t milter_number_at(struct str payload, size_t offset)
{
	uint32_t number;

	if (payload.len < offset + sizeof(number))
		return 0;
	memcpy(&number, payload.data + offset, sizeof(number));
	return ntohl(number);
}

struct str milter_offer(struct arena *arena, uint32_t stages)
{
	struct strbuf offer;

	strbuf_init(&offer, arena);
	add_number(&offer, PROTOCOL_VERSION);
	add_number(&offer, ALL_ACTIONS);
	add_number(&offer, stages);
	return strbuf_str(&offer);
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

struct str milter_macros(struct arena *arena, char stage_command, const struct envelope *e)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add_char(&buf, stage_command);
	add_macro(&buf, "j", e->host);
	add_macro(&buf, "{daemon_name}", e->daemon_name);
	add_macro(&buf, "{client_addr}", e->client_ip);
	add_macro(&buf, "{client_name}", e->client_name);
	add_macro(&buf, "{auth_authen}", e->auth_user);
	add_macro(&buf, "i", e->queue_id);
	return strbuf_str(&buf);
}

struct str milter_client_payload(struct arena *arena, const struct envelope *e)
{
	struct strbuf buf;
	struct str name = e->client_name.len > 0 ? e->client_name : STR("localhost");

	strbuf_init(&buf, arena);
	strbuf_add(&buf, name);
	strbuf_add_char(&buf, '\0');
	strbuf_add_char(&buf, str_find_char(e->client_ip, ':') >= 0 ? '6' : '4');
	strbuf_add(&buf, STR("\0\x19"));
	strbuf_add(&buf, e->client_ip);
	strbuf_add_char(&buf, '\0');
	return strbuf_str(&buf);
}

static struct str with_nul(struct arena *arena, struct str s)
{
	struct str copy = arena_str(arena, s);

	return (struct str){ copy.data, copy.len + 1 };
}

struct str milter_address(struct arena *arena, struct str address)
{
	return with_nul(arena, arena_printf(arena, "<%.*s>", STR_FMT(address)));
}

struct str milter_helo(struct arena *arena, const struct envelope *e)
{
	return with_nul(arena, e->helo.len > 0 ? e->helo : STR("localhost"));
}

struct str milter_header(struct arena *arena, const struct header *header, uint32_t stages)
{
	struct str value = header->whole;
	struct strbuf buf;

	if (!(stages & MILTER_STAGE_LEADING_SPACE) && value.len > 0 && value.data[0] == ' ')
		value = str_from_offset(value, 1);
	strbuf_init(&buf, arena);
	strbuf_add(&buf, header->name);
	strbuf_add_char(&buf, '\0');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] != '\r' && value.data[i] != '\0')
			strbuf_add_char(&buf, value.data[i]);
	}
	strbuf_add_char(&buf, '\0');
	return strbuf_str(&buf);
}

struct str milter_body(struct arena *arena, struct str body)
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
