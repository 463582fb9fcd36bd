/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/redis_uri.h"

#include "base/strbuf.h"

#define DEFAULT_PORT  6379
#define SENTINEL_PORT 26379
#define DATABASE_MAX  1000000
#define SENTINELS_MAX 16

/* Cuts off what follows the first `separator`; empty where there is none. */
static struct str cut(struct str *text, char separator)
{
	ptrdiff_t at = str_find_char(*text, separator);
	struct str after = STR("");

	if (at < 0)
		return after;
	after = str_from_offset(*text, (size_t)at + 1);
	*text = str_prefix(*text, (size_t)at);
	return after;
}

/* "%XX" is a byte; "%" before anything else, as in passwords that were written without this, is
 * itself. */
static const char *decode(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++) {
		int high = i + 2 < text.len ? char_hex_value(text.data[i + 1]) : -1;
		int low = i + 2 < text.len ? char_hex_value(text.data[i + 2]) : -1;
		char c = text.data[i];

		if (c == '%' && high >= 0 && low >= 0 && (high > 0 || low > 0)) {
			c = (char)(high << 4 | low);
			i += 2;
		}
		strbuf_add_char(&buf, c);
	}
	return arena_cstr(arena, strbuf_str(&buf));
}

static bool take_database(struct str text, struct redis_uri *uri)
{
	uint64_t database = 0;

	if (text.len > 0 && !str_to_uint(text, DATABASE_MAX, &database))
		return false;
	uri->database = (int)database;
	return true;
}

static bool take_login(struct arena *arena, struct str text, struct redis_uri *uri)
{
	struct str password;

	if (str_find_char(text, ':') < 0)
		return false;
	password = cut(&text, ':');
	if (text.len > 0)
		uri->user = decode(arena, text);
	uri->password = decode(arena, password);
	return true;
}

/* "HOST[:PORT]", where HOST may be an address in brackets. `*port_r` has the default at first. */
static bool take_host(struct arena *arena, struct str text, const char **host_r, int *port_r)
{
	uint64_t number = (uint64_t)*port_r;
	struct str host = text, port;

	if (text.len > 0 && text.data[0] == '[') {
		ptrdiff_t close = str_find_char(text, ']');

		if (close < 2)
			return false;
		host = str_from_offset(str_prefix(text, (size_t)close), 1);
		text = str_from_offset(text, (size_t)close + 1);
		if (text.len > 0 && text.data[0] != ':')
			return false;
		port = str_from_offset(text, 1);
	} else {
		port = cut(&host, ':');
	}
	if (host.len == 0 || (port.len > 0 && (!str_to_uint(port, 65535, &number) || number == 0)))
		return false;
	*host_r = arena_cstr(arena, host);
	*port_r = (int)number;
	return true;
}

static bool take_sentinels(struct arena *arena, struct str text, struct redis_uri *uri)
{
	struct str piece;

	while (str_next_piece(&text, ',', &piece)) {
		struct redis_sentinel sentinel = { .port = SENTINEL_PORT };

		if (uri->sentinels.len == SENTINELS_MAX ||
		    !take_host(arena, piece, &sentinel.host, &sentinel.port))
			return false;
		vec_push(arena, &uri->sentinels, sentinel);
	}
	return uri->sentinels.len > 0;
}

static bool take_option(struct arena *arena, struct str option, struct redis_uri *uri)
{
	struct str value = cut(&option, '=');
	struct redis_option other = { option, value };

	if (option.len == 0 || value.len == 0)
		return false;
	if (uri->tls && str_eq(option, STR("ca")))
		uri->ca_file = arena_cstr(arena, value);
	else if (uri->tls && str_eq(option, STR("cert")))
		uri->cert_file = arena_cstr(arena, value);
	else if (uri->tls && str_eq(option, STR("key")))
		uri->key_file = arena_cstr(arena, value);
	else if (uri->socket != NULL && str_eq(option, STR("db")))
		return take_database(value, uri);
	else if (uri->socket != NULL && str_eq(option, STR("name")))
		uri->name = arena_cstr(arena, value);
	else
		vec_push(arena, &uri->options, other);
	return true;
}

static bool take_options(struct arena *arena, struct str options, struct redis_uri *uri)
{
	struct str option;

	while (options.len > 0 && str_next_piece(&options, '&', &option))
		if (!take_option(arena, option, uri))
			return false;
	return (uri->cert_file == NULL) == (uri->key_file == NULL);
}

/* What `redis_uri.h` shows before "://". */
enum form { FORM_SERVER, FORM_SOCKET, FORM_SENTINELS };

/* "HOST[:PORT][/DATABASE[/NAME]]", or sentinels and a name before the database. */
static bool take_place(struct arena *arena, struct str text, enum form form, struct redis_uri *uri)
{
	struct str path = cut(&text, '/');

	if (form == FORM_SENTINELS) {
		struct str master = path;

		path = cut(&master, '/');
		uri->master = arena_cstr(arena, master);
		if (master.len == 0 || !take_sentinels(arena, text, uri))
			return false;
	} else {
		uri->port = DEFAULT_PORT;
		if (!take_host(arena, text, &uri->host, &uri->port))
			return false;
	}
	uri->name = arena_cstr(arena, cut(&path, '/'));
	return take_database(path, uri);
}

/* What follows "://". */
static bool take_all(struct arena *arena, struct str text, enum form form, struct redis_uri *uri)
{
	struct str options = STR("");
	ptrdiff_t question = str_rfind_char(text, '?'), at;

	if (question >= 0) {
		options = str_from_offset(text, (size_t)question + 1);
		text = str_prefix(text, (size_t)question);
	}
	at = str_rfind_char(text, '@');
	if (at >= 0) {
		if (!take_login(arena, str_prefix(text, (size_t)at), uri))
			return false;
		text = str_from_offset(text, (size_t)at + 1);
	}
	if (form == FORM_SOCKET) {
		uri->socket = arena_cstr(arena, text);
		return text.len > 1 && text.data[0] == '/' && take_options(arena, options, uri);
	}
	return take_place(arena, text, form, uri) && take_options(arena, options, uri);
}

static const char *describe(struct arena *arena, const struct redis_uri *uri)
{
	if (uri->socket != NULL)
		return arena_printf(arena, "redis %s", uri->socket).data;
	if (uri->master != NULL)
		return arena_printf(arena, "%s %s by %zu sentinels", uri->tls ? "rediss" : "redis",
		                    uri->master, uri->sentinels.len)
		        .data;
	return arena_printf(arena,
	                    str_find_char(str_from(uri->host), ':') >= 0 ? "%s [%s]:%d"
	                                                                 : "%s %s:%d",
	                    uri->tls ? "rediss" : "redis", uri->host, uri->port)
	        .data;
}

/* Nobody's password goes to a log. */
static struct str without_login(struct str text)
{
	ptrdiff_t at = str_rfind_char(text, '@');

	return at < 0 ? text : str_from_offset(text, (size_t)at + 1);
}

bool redis_uri_is(struct str text)
{
	return str_starts(text, STR("redis:")) || str_starts(text, STR("rediss:")) ||
	       str_starts(text, STR("redis+unix:")) || str_starts(text, STR("redis+sentinel:")) ||
	       str_starts(text, STR("rediss+sentinel:"));
}

static enum form form_of(struct str scheme)
{
	if (str_eq(scheme, STR("redis+unix")))
		return FORM_SOCKET;
	return str_find_char(scheme, '+') >= 0 ? FORM_SENTINELS : FORM_SERVER;
}

/* Of which a password might be one. */
static struct str without_options(struct str rest)
{
	ptrdiff_t mark = str_find_char(rest, '?');

	return mark < 0 ? rest : str_prefix(rest, (size_t)mark);
}

bool redis_uri_parse(struct arena *arena, struct str text, struct redis_uri *uri_r,
                     struct error *err_r)
{
	ptrdiff_t colon = str_find_char(text, ':');
	struct str rest = str_from_offset(text, (size_t)colon + 1);

	*uri_r = (struct redis_uri){ .tls = str_starts(text, STR("rediss")), .name = "" };
	if (!str_starts(rest, STR("//")) ||
	    !take_all(arena, str_from_offset(rest, 2), form_of(str_prefix(text, (size_t)colon)),
	              uri_r))
		return error_set(err_r,
		                 "\"%.*s:…%.*s\" is not understood; write " REDIS_URI_EXAMPLE
		                 ", rediss://… for TLS, redis+unix:///PATH?db=DATABASE, or "
		                 "redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE",
		                 (int)colon, text.data,
		                 STR_FMT(without_options(without_login(rest))));
	uri_r->where = describe(arena, uri_r);
	return true;
}

struct redis_uri redis_uri_at(struct arena *arena, const struct redis_uri *uri, const char *host,
                              int port)
{
	struct redis_uri other = *uri;

	other.host = arena_cstr(arena, str_from(host));
	other.port = port;
	other.socket = NULL;
	other.master = NULL;
	other.sentinels.len = 0;
	other.where = describe(arena, &other);
	return other;
}
