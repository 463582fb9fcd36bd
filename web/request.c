/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/request.h"

#include "web/multipart.h"

bool request_header(const struct request *request, struct str name, struct str *value_r)
{
	const struct request_parts *parts = request->parts;
	size_t found = 0;

	*value_r = STR("");
	for (size_t i = 0; i < parts->header_count; i++) {
		if (!str_eq_ci(parts->headers[i].name, name))
			continue;
		*value_r = str_trim(parts->headers[i].value);
		found++;
	}
	return found <= 1;
}

static struct str only_header(const struct request *request, const char *name)
{
	struct str value;

	return request_header(request, str_from(name), &value) ? value : STR("");
}

static struct str find_cookie(const struct request_parts *parts)
{
	for (size_t i = 0; i < parts->header_count; i++) {
		struct str rest = parts->headers[i].value, piece;

		if (!str_eq_ci(parts->headers[i].name, STR("Cookie")))
			continue;
		while (rest.len > 0 && str_next_piece(&rest, ';', &piece)) {
			piece = str_trim(piece);
			if (str_starts(piece, STR(REQUEST_COOKIE "=")))
				return str_from_offset(piece, sizeof(REQUEST_COOKIE));
		}
	}
	return STR("");
}

/* What browsers send with each request for years, or with a form; one that sends neither gets no
 * form of ours accepted. */
static bool is_same_site(const struct request *request)
{
	struct str site = only_header(request, "Sec-Fetch-Site"),
		   origin = only_header(request, "Origin"), host = only_header(request, "Host");
	ptrdiff_t slashes;

	if (site.len > 0)
		return str_eq(site, STR("same-origin"));
	slashes = str_find(origin, STR("://"));
	return slashes > 0 && host.len > 0 &&
	       str_eq_ci(str_from_offset(origin, (size_t)slashes + 3), host);
}

static enum request_method method_of(struct str method)
{
	if (str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")))
		return REQUEST_GET;
	return str_eq(method, STR("POST")) ? REQUEST_POST : REQUEST_OTHER;
}

bool request_read(struct arena *arena, const struct request_parts *parts, struct request *request_r)
{
	struct str path = parts->target;
	ptrdiff_t mark = str_find_char(path, '?');

	*request_r = (struct request){ .method = method_of(parts->method),
		                       .near = parts->near,
		                       .parts = parts };
	if (path.len == 0 || path.len > REQUEST_TARGET_MAX || path.data[0] != '/')
		return false;
	if (mark >= 0) {
		form_parse(arena, str_from_offset(path, (size_t)mark + 1), &request_r->query);
		path = str_prefix(path, (size_t)mark);
	}
	request_r->page = str_from_offset(path, (size_t)str_rfind_char(path, '/') + 1);
	if (request_r->method == REQUEST_POST &&
	    !multipart_parse(arena, only_header(request_r, "Content-Type"), parts->body,
	                     &request_r->body, &request_r->file))
		form_parse(arena, parts->body, &request_r->body);
	request_r->session = find_cookie(parts);
	request_r->secure =
		parts->near && str_eq_ci(only_header(request_r, "X-Forwarded-Proto"), STR("https"));
	request_r->same_site = is_same_site(request_r);
	return true;
}
