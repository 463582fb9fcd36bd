/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/redis_uri.h"

#define DEFAULT_PORT 6379

/* Cuts off what stands behind the first `separator`; empty where there is none. */
static struct str cut(struct str *text, char separator)
{
	ptrdiff_t at = str_find_char(*text, separator);
	struct str behind = STR("");

	if (at < 0)
		return behind;
	behind = str_from_offset(*text, (size_t)at + 1);
	*text = str_prefix(*text, (size_t)at);
	return behind;
}

bool redis_uri_parse(struct arena *arena, struct str rest, struct redis_uri *uri_r,
                     struct error *err_r)
{
	struct str text = str_from_offset(rest, 2), path, name, port, userinfo = STR("");
	uint64_t database = 0, port_number = DEFAULT_PORT;
	ptrdiff_t at = str_rfind_char(text, '@');

	*uri_r = (struct redis_uri){ 0 };
	if (at >= 0) {
		userinfo = str_prefix(text, (size_t)at);
		text = str_from_offset(text, (size_t)at + 1);
	}
	path = cut(&text, '/');
	name = cut(&path, '/');
	port = text.len > 0 && text.data[0] == '[' ? STR("") : cut(&text, ':');
	if (!str_starts(rest, STR("//")) || text.len == 0 ||
	    (path.len > 0 && !str_to_uint(path, 1000000, &database)) ||
	    (port.len > 0 && !str_to_uint(port, 65535, &port_number)) ||
	    (userinfo.len > 0 && str_find_char(userinfo, ':') < 0))
		return error_set(err_r,
		                 "\"redis:%.*s\" is not understood; write "
		                 "redis://:PASSWORD@HOST:PORT/DATABASE",
		                 STR_FMT(rest));
	uri_r->host = arena_cstr(arena, text);
	uri_r->port = (int)port_number;
	uri_r->database = (int)database;
	uri_r->name = arena_cstr(arena, name);
	if (userinfo.len > 0)
		uri_r->password = arena_cstr(
			arena, str_from_offset(userinfo, (size_t)str_find_char(userinfo, ':') + 1));
	return true;
}
