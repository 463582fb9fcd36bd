/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/uri_resolve.h"

#include "message/uri_private.h"

/* A component that is not there has no data. */
struct parts {
	struct str scheme;
	struct str authority;
	struct str path;
	struct str query;
	struct str fragment;
};

static struct parts split(struct str s)
{
	struct parts parts = { 0 };
	size_t end;

	end = uri_find_any(s, 0, "#");
	if (end < s.len) {
		parts.fragment = str_from_offset(s, end + 1);
		parts.fragment.len = uri_find_any(parts.fragment, 0, "\n");
	}
	s = str_prefix(s, end);
	end = uri_find_any(s, 0, "?");
	if (end < s.len)
		parts.query = str_from_offset(s, end + 1);
	s = str_prefix(s, end);
	end = uri_find_any(s, 0, ":/");
	if (end > 0 && end < s.len && s.data[end] == ':') {
		parts.scheme = str_prefix(s, end);
		s = str_from_offset(s, end + 1);
	}
	if (str_starts(s, STR("//"))) {
		s = str_from_offset(s, 2);
		end = uri_find_any(s, 0, "/");
		parts.authority = str_prefix(s, end);
		s = str_from_offset(s, end);
	}
	parts.path = s;
	return parts;
}

/* The next segment with the slash in front of it, up to the slash after. */
static struct str next_segment(struct str *path)
{
	struct str segment;
	size_t from = path->len > 0 && path->data[0] == '/';
	size_t end = from + uri_find_any(str_from_offset(*path, from), 0, "/");

	segment = str_prefix(*path, end);
	*path = str_from_offset(*path, end);
	return segment;
}

/* A dot that begins a segment. */
static bool has_dots(struct str path)
{
	ptrdiff_t dot = str_find_char(path, '.');

	for (size_t i = (size_t)dot; dot >= 0 && i < path.len; i++)
		if (path.data[i] == '.' && (i == 0 || path.data[i - 1] == '/'))
			return true;
	return false;
}

/* RFC 3986 section 5.2.4: "/a/./b/../c" → "/a/c" */
static struct str remove_dots(struct arena *arena, struct str path)
{
	struct strbuf out;
	struct str segment;
	bool ends_in_dots = false;

	if (!has_dots(path))
		return path;
	strbuf_init(&out, arena);
	if (str_starts(path, STR("../")))
		path = str_from_offset(path, 2);
	else if (str_starts(path, STR("./")))
		path = str_from_offset(path, 1);
	while (path.len > 0) {
		segment = next_segment(&path);
		ends_in_dots = true;
		if (str_eq(segment, STR("/.")))
			continue;
		if (str_eq(segment, STR("/.."))) {
			while (out.len > 0 && out.data[out.len - 1] != '/')
				out.len--;
			out.len -= out.len > 0;
			continue;
		}
		ends_in_dots = false;
		strbuf_add(&out, segment);
	}
	if (ends_in_dots)
		strbuf_add_char(&out, '/');
	return strbuf_str(&out);
}

/* The relative path after the directory of the base's path. */
static struct str merge(struct arena *arena, const struct parts *base, struct str path)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	if (base->authority.data != NULL && base->path.len == 0)
		strbuf_add_char(&out, '/');
	else
		strbuf_add(&out,
		           str_prefix(base->path, (size_t)(str_rfind_char(base->path, '/') + 1)));
	strbuf_add(&out, path);
	return strbuf_str(&out);
}

static void take_base(struct arena *arena, struct parts *target, const struct parts *base)
{
	target->scheme = base->scheme;
	if (target->authority.data != NULL) {
		target->path = remove_dots(arena, target->path);
		return;
	}
	target->authority = base->authority;
	if (target->path.len == 0) {
		target->path = base->path;
		if (target->query.data == NULL)
			target->query = base->query;
		return;
	}
	if (target->path.data[0] != '/')
		target->path = merge(arena, base, target->path);
	target->path = remove_dots(arena, target->path);
}

/* "www", "www2" and the like in front of a dot. */
static bool has_label(struct str host, struct str label)
{
	if (!str_starts_ci(host, label))
		return false;
	while (label.len < host.len && char_is_digit(host.data[label.len]))
		label.len++;
	return label.len < host.len && host.data[label.len] == '.';
}

static struct str join(struct arena *arena, const struct parts *parts)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	if (parts->scheme.len > 0) {
		strbuf_add(&out, parts->scheme);
		strbuf_add_char(&out, ':');
	} else if (has_label(parts->authority, STR("www"))) {
		strbuf_add(&out, STR("http:"));
	} else if (has_label(parts->authority, STR("ftp"))) {
		strbuf_add(&out, STR("ftp:"));
	}
	if (parts->authority.data != NULL) {
		strbuf_add(&out, STR("//"));
		strbuf_add(&out, parts->authority);
	}
	strbuf_add(&out, parts->path);
	if (parts->query.data != NULL) {
		strbuf_add_char(&out, '?');
		strbuf_add(&out, parts->query);
	}
	if (parts->fragment.data != NULL) {
		strbuf_add_char(&out, '#');
		strbuf_add(&out, parts->fragment);
	}
	return strbuf_str(&out);
}

/* A fragment ends at a line end; all else may have some. */
static struct str cut_fragment(struct str reference, const struct parts *parts)
{
	if (parts->fragment.data == NULL)
		return reference;
	return str_prefix(reference,
	                  (size_t)(parts->fragment.data + parts->fragment.len - reference.data));
}

/* The usual case, told at a glance: nothing in it could change. */
static bool is_resolved(struct str uri)
{
	return (str_starts(uri, STR("http://")) || str_starts(uri, STR("https://"))) &&
	       !has_dots(uri) && str_find_char(uri, '\n') < 0;
}

struct str uri_resolve(struct arena *arena, struct str base_uri, struct str reference)
{
	struct parts target, base;
	struct str path;

	if (base_uri.len == 0 && is_resolved(reference))
		return reference;
	target = split(reference);
	base = split(base_uri);
	path = target.path;
	if (target.scheme.data != NULL &&
	    (base.scheme.data == NULL || !str_eq(target.scheme, base.scheme))) {
		target.path = remove_dots(arena, target.path);
		if (target.path.data == path.data)
			return cut_fragment(reference, &target);
	} else {
		take_base(arena, &target, &base);
	}
	return join(arena, &target);
}
