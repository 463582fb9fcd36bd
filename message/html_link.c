/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/html_private.h"
#include "message/space.h"
#include "message/uri_resolve.h"

#define MAX_LINKS 50000
/* A long base makes all links long: beyond this many bytes they stay as they are. */
#define MAX_RESOLVED_BYTES ((size_t)4 << 20)

static bool is_web_address(struct str target)
{
	return str_starts_ci(target, STR("http:")) || str_starts_ci(target, STR("https:")) ||
	       str_starts_ci(target, STR("ftp:"));
}

/* Without white space and no-break spaces within it. */
static struct str drop_space(struct arena *arena, struct str target)
{
	struct strbuf out;
	size_t i = 0;

	while (i < target.len && space_len(str_from_offset(target, i)) == 0)
		i++;
	if (i == target.len)
		return target;
	strbuf_init(&out, arena);
	strbuf_reserve(&out, target.len);
	for (i = 0; i < target.len;) {
		size_t len = space_len(str_from_offset(target, i));

		if (len == 0)
			strbuf_add_char(&out, target.data[i]);
		i += len > 0 ? len : 1;
	}
	return strbuf_str(&out);
}

/* Without white space and no-break spaces around it, and cut at HTML_MAX_URI. */
static struct str trim_target(struct html_renderer *r, struct str target)
{
	size_t before;

	do {
		before = target.len;
		target = str_trim(target);
		if (str_starts(target, STR("\xC2\xA0")))
			target = str_from_offset(target, 2);
		if (str_ends_ci(target, STR("\xC2\xA0")))
			target.len -= 2;
	} while (target.len < before);
	if (r->reading == READING_4_0_3 && is_web_address(target))
		target = drop_space(r->arena, target);
	if (target.len > HTML_MAX_URI) {
		r->facts->has_long_uri = true;
		target.len = HTML_MAX_URI;
	}
	return target;
}

static bool is_never_relative(struct str target)
{
	static const struct str schemes[] = { STR_INIT("data:"), STR_INIT("mailto:"),
		                              STR_INIT("file:"), STR_INIT("cid:"),
		                              STR_INIT("tel:") };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (str_starts_ci(target, schemes[i]))
			return true;
	return false;
}

static struct html_link *add_link(struct html_renderer *r, const struct html_element *element,
                                  struct str attribute, struct str target)
{
	struct html_link link = { .element = element->name, .attribute = attribute };

	link.target = trim_target(r, target);
	link.resolved = link.target;
	if (link.target.len > 0 && !is_never_relative(link.target) &&
	    r->resolved_bytes < MAX_RESOLVED_BYTES)
		link.resolved = uri_resolve(r->arena, r->base, link.target);
	if (link.resolved.data != link.target.data)
		r->resolved_bytes += link.resolved.len;
	vec_push(r->arena, &r->facts->links, link);
	return &r->facts->links.items[r->facts->links.len - 1];
}

/* The attribute, or one such as "xyz/href", which is what bad quoting makes of it. */
static const struct str *find_attribute(const struct html_tokenizer *tag, struct str name)
{
	const struct str *exact = html_attribute(tag, name);
	const struct html_attribute *attribute;
	struct str before;

	vec_foreach (&tag->attributes, attribute) {
		if (attribute->name.len < name.len + 2 || !str_ends_ci(attribute->name, name))
			continue;
		before = str_prefix(attribute->name, attribute->name.len - name.len);
		if (before.data[before.len - 1] == '/' &&
		    (char_is_alnum(before.data[before.len - 2]) ||
		     before.data[before.len - 2] == '_'))
			return &attribute->value;
	}
	return exact;
}

/* A byte order mark within a target is not part of it. */
static struct str drop_marks(struct html_renderer *r, struct str target)
{
	struct strbuf out;
	ptrdiff_t mark;

	if (str_find_char(target, '\xEF') < 0)
		return target;
	strbuf_init(&out, r->arena);
	while ((mark = str_find(target, STR("\xEF\xBB\xBF"))) >= 0) {
		strbuf_add(&out, str_prefix(target, (size_t)mark));
		target = str_from_offset(target, (size_t)mark + 3);
	}
	strbuf_add(&out, target);
	return strbuf_str(&out);
}

void html_end_anchor(struct html_renderer *r)
{
	struct html_capture *anchor;

	if (r->anchor_count == 0)
		return;
	anchor = &r->anchors[--r->anchor_count];
	r->facts->links.items[anchor->index].text = strbuf_str(&anchor->text);
}

void html_finish_anchors(struct html_renderer *r)
{
	while (r->anchor_count > 0)
		html_end_anchor(r);
}

void html_add_to_anchors(struct html_renderer *r, struct str text)
{
	for (size_t i = 0; i < r->anchor_count; i++)
		strbuf_add(&r->anchors[i].text, text);
}

/* 4.0.3 reads all that are open, 4.0.1 the last one, and goes on with it after its end. */
static void start_anchor(struct html_renderer *r)
{
	struct html_capture *anchor;

	if (r->reading == READING_4_0_1)
		html_finish_anchors(r);
	if (r->anchor_count == HTML_MAX_ANCHORS)
		return;
	anchor = &r->anchors[r->anchor_count++];
	anchor->index = r->facts->links.len;
	strbuf_init(&anchor->text, r->arena);
}

static void add_href(struct html_renderer *r, const struct html_element *element)
{
	const struct str *href = find_attribute(&r->tag, STR("href"));
	const struct str *safe = html_attribute(&r->tag, STR("data-saferedirecturl"));
	struct str target = href != NULL ? drop_marks(r, *href) : STR("");

	if (element->scope == HTML_SCOPE_A)
		start_anchor(r);
	if (href != NULL)
		add_link(r, element, STR("href"), target);
	else if (element->scope == HTML_SCOPE_A)
		add_link(r, element, STR(""), target);
	if (safe != NULL)
		add_link(r, element, STR("data-saferedirecturl"), *safe);
}

/* "http://host/dir/page.html" → "http://host/dir/" */
static struct str drop_file_name(struct str uri)
{
	ptrdiff_t slash = str_rfind_char(uri, '/'), dot = str_rfind_char(uri, '.');
	size_t suffix = uri.len - (size_t)dot - 1;
	struct str rest = str_from_offset(uri, (size_t)str_find_char(uri, ':') + 1);

	if (slash < 0 || dot < slash + 2 || suffix < 2 || suffix > 4)
		return uri;
	for (int i = 0; i < 2 && rest.len > 0 && rest.data[0] == '/'; i++)
		rest = str_from_offset(rest, 1);
	if (str_find_char(rest, '/') < 1)
		return uri;
	while (dot > slash + 1 && uri.data[dot - 1] != '.')
		dot--;
	return str_prefix(uri, (size_t)dot);
}

static void add_base(struct html_renderer *r, const struct html_element *element)
{
	const struct str *href = html_attribute(&r->tag, STR("href"));
	struct strbuf base;
	struct str uri;

	if (href == NULL || href->len == 0)
		return;
	uri = add_link(r, element, STR("href"), *href)->target;
	if (!is_web_address(uri))
		return;
	uri = drop_file_name(uri);
	strbuf_init(&base, r->arena);
	strbuf_add(&base, uri);
	if (uri.data[uri.len - 1] != '/')
		strbuf_add_char(&base, '/');
	r->base = strbuf_str(&base);
}

/* The last "url =" of a refresh, if any: where its value starts. */
static ptrdiff_t find_refresh_url(struct str content)
{
	for (size_t i = content.len; i-- > 0;) {
		struct str rest = str_from_offset(content, i);

		if (!str_starts_ci(rest, STR("url")) ||
		    (i > 0 && (char_is_alnum(content.data[i - 1]) || content.data[i - 1] == '_')))
			continue;
		rest = str_trim_left(str_from_offset(rest, 3));
		if (rest.len > 0 && rest.data[0] == '=')
			return rest.data + 1 - content.data;
	}
	return -1;
}

static void add_refresh(struct html_renderer *r, const struct html_element *element)
{
	const struct str *kind = html_attribute(&r->tag, STR("http-equiv"));
	const struct str *content = html_attribute(&r->tag, STR("content"));
	ptrdiff_t start, semicolon;
	struct str uri;

	if (kind == NULL || content == NULL || str_find_ci(*kind, STR("refresh")) < 0)
		return;
	start = find_refresh_url(*content);
	if (start < 0)
		return;
	uri = str_from_offset(*content, (size_t)start);
	semicolon = str_find_char(uri, ';');
	if (semicolon >= 0)
		uri = str_prefix(uri, (size_t)semicolon);
	add_link(r, element, STR("content"), uri);
}

static void add_attribute(struct html_renderer *r, const struct html_element *element,
                          struct str name)
{
	const struct str *value = find_attribute(&r->tag, name);

	if (value != NULL)
		add_link(r, element, name, *value);
}

void html_add_links(struct html_renderer *r, const struct html_element *element)
{
	if (r->facts->links.len >= MAX_LINKS)
		return;
	switch ((enum html_link_place)element->link) {
	case HTML_LINK_HREF:
		add_href(r, element);
		break;
	case HTML_LINK_SRC:
		add_attribute(r, element, STR("src"));
		break;
	case HTML_LINK_BACKGROUND:
		add_attribute(r, element, STR("background"));
		break;
	case HTML_LINK_ACTION:
		add_attribute(r, element, STR("action"));
		break;
	case HTML_LINK_BASE:
		add_base(r, element);
		break;
	case HTML_LINK_META:
		add_refresh(r, element);
		break;
	case HTML_LINK_NONE:
		break;
	}
}
