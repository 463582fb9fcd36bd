/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/socket_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/suggest.h"

static const char *const schemes[] = { "unix", "local", "inet", "inet6" };

/* "8891", and not the port of "host:8891". */
static bool all_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_digit(text.data[i]))
			return false;
	return text.len > 0;
}

/* 192.0.2.256 would be asked of the DNS, as a name. */
static bool is_wrong_number(struct str host)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	for (size_t i = 0; i < host.len; i++)
		if (!char_is_digit(host.data[i]) && host.data[i] != '.')
			return false;
	if (host.len >= sizeof(text))
		return true;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, &address) != 1;
}

/* "port@host", "host:port", "[host]:port" → host and port, without brackets. */
static bool split_host_port(struct str rest, struct str *host_r, struct str *port_r)
{
	ptrdiff_t at = str_find_char(rest, '@'), colon;

	if (at >= 0) {
		*port_r = str_prefix(rest, (size_t)at);
		*host_r = str_from_offset(rest, (size_t)at + 1);
	} else {
		colon = str_rfind_char(rest, ':');
		if (colon < 0)
			return false;
		*host_r = str_prefix(rest, (size_t)colon);
		*port_r = str_from_offset(rest, (size_t)colon + 1);
		/* "::1:8891" could be read in two ways. */
		if (host_r->len > 0 && host_r->data[0] != '[' && str_find_char(*host_r, ':') >= 0)
			return false;
	}
	if (host_r->len >= 2 && host_r->data[0] == '[' && host_r->data[host_r->len - 1] == ']')
		*host_r = str_prefix(str_from_offset(*host_r, 1), host_r->len - 2);
	return host_r->len > 0 && port_r->len > 0;
}

/* A number, or a name of services(5). */
static bool valid_port(struct str port)
{
	uint64_t number;

	if (char_is_digit(port.data[0]))
		return str_to_uint(port, 65535, &number) && number > 0;
	for (size_t i = 0; i < port.len; i++)
		if (!char_is_alnum(port.data[i]) && strchr("-_+.", port.data[i]) == NULL)
			return false;
	return true;
}

static bool unknown_scheme(const struct socket_address *address, struct str rest, struct str scheme,
                           struct error *err_r)
{
	struct suggestion near = { 0 };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		suggest_consider(&near, scheme, schemes[i]);
	if (near.word != NULL)
		return error_set(err_r,
		                 "%.*s: unknown kind of address \"%.*s\"; did you mean \"%s:\"?",
		                 STR_FMT(address->text), STR_FMT(scheme), near.word);
	if (all_digits(rest))
		return error_set(
			err_r, "%.*s: unknown kind of address; did you mean \"%sinet:%.*s:%.*s\"?",
			STR_FMT(address->text), address->prefix, STR_FMT(scheme), STR_FMT(rest));
	return error_set(err_r,
	                 "%.*s: unknown kind of address; write %sunix:/path/of/socket or "
	                 "%sinet:port@host",
	                 STR_FMT(address->text), address->prefix, address->prefix);
}

static bool parse_unix(struct arena *arena, struct str path, struct socket_address *address,
                       struct error *err_r)
{
	struct sockaddr_un *un;

	if (path.len == 0 || path.data[0] != '/')
		return error_set(err_r, "%.*s: a socket's path must begin with \"/\"",
		                 STR_FMT(address->text));
	if (path.data[path.len - 1] == '/')
		return error_set(err_r,
		                 "%.*s: that is a directory; write the path of a socket in it",
		                 STR_FMT(address->text));
	if (path.len >= sizeof(un->sun_path))
		return error_set(err_r, "%.*s: the path is too long; at most %zu characters",
		                 STR_FMT(address->text), sizeof(un->sun_path) - 1);
	address->family = AF_UNIX;
	address->path = arena_cstr(arena, path);
	return true;
}

/* Why it is no host with a port. */
static bool refuse_inet(const struct socket_address *address, struct str rest, struct error *err_r)
{
	bool brackets = rest.len > 0 && rest.data[0] == '[' && rest.data[rest.len - 1] == ']';

	if (all_digits(rest))
		return error_set(err_r,
		                 "%.*s: no host; write %sinet:%.*s@127.0.0.1, or "
		                 "%sinet:%.*s@0.0.0.0 for every address of this machine",
		                 STR_FMT(address->text), address->prefix, STR_FMT(rest),
		                 address->prefix, STR_FMT(rest));
	if (rest.len > 0 && (brackets || str_find_char(rest, ':') < 0) &&
	    str_find_char(rest, '@') < 0)
		return error_set(err_r,
		                 "%.*s: no port; write %sinet:%.*s:PORT, with a number for it",
		                 STR_FMT(address->text), address->prefix, STR_FMT(rest));
	return error_set(err_r,
	                 "%.*s: write %sinet:port@host or %sinet:host:port, and an "
	                 "IPv6 address in brackets, %sinet:[::1]:port",
	                 STR_FMT(address->text), address->prefix, address->prefix, address->prefix);
}

static bool parse_inet(struct arena *arena, struct str rest, struct socket_address *address,
                       struct error *err_r)
{
	struct str host, port;

	if ((rest.len > 0 && rest.data[rest.len - 1] == ']' && str_find_char(rest, '@') < 0) ||
	    !split_host_port(rest, &host, &port))
		return refuse_inet(address, rest, err_r);
	if (!valid_port(port))
		return error_set(err_r, "%.*s: \"%.*s\" is no port; ports are 1 to 65535",
		                 STR_FMT(address->text), STR_FMT(port));
	if (is_wrong_number(host))
		return error_set(err_r, "%.*s: \"%.*s\" is no IP address; write one like 127.0.0.1",
		                 STR_FMT(address->text), STR_FMT(host));
	if (str_find_char(host, ':') >= 0)
		address->family = AF_INET6;
	if (str_eq(host, STR("*")))
		host = address->family == AF_INET6 ? STR("::") : STR("0.0.0.0");
	address->host = arena_cstr(arena, host);
	address->port = arena_cstr(arena, port);
	return true;
}

bool socket_address_parse_behind(struct arena *arena, const char *key, const char *prefix,
                                 struct str text, struct socket_address *address_r,
                                 struct error *err_r)
{
	ptrdiff_t colon = str_find_char(text, ':');
	struct str scheme, rest;

	*address_r = (struct socket_address){
		.prefix = prefix,
		.text = arena_printf(arena, "%s %s%.*s", key, prefix, STR_FMT(text)),
	};
	if (text.len > 0 && text.data[0] == '/')
		return parse_unix(arena, text, address_r, err_r);
	if (all_digits(text))
		return error_set(err_r, "%.*s: no host; write %sinet:%.*s@127.0.0.1",
		                 STR_FMT(address_r->text), prefix, STR_FMT(text));
	if (colon < 0)
		return error_set(err_r, "%.*s: write %sunix:/path/of/socket or %sinet:port@host",
		                 STR_FMT(address_r->text), prefix, prefix);
	scheme = str_prefix(text, (size_t)colon);
	rest = str_from_offset(text, (size_t)colon + 1);
	if (str_eq_ci(scheme, STR("unix")) || str_eq_ci(scheme, STR("local")))
		return parse_unix(arena, rest, address_r, err_r);
	address_r->family = str_eq_ci(scheme, STR("inet6")) ? AF_INET6 : AF_INET;
	if (address_r->family == AF_INET6 || str_eq_ci(scheme, STR("inet")))
		return parse_inet(arena, rest, address_r, err_r);
	return unknown_scheme(address_r, rest, scheme, err_r);
}

bool socket_address_parse(struct arena *arena, const char *key, struct str text,
                          struct socket_address *address_r, struct error *err_r)
{
	return socket_address_parse_behind(arena, key, "", text, address_r, err_r);
}
