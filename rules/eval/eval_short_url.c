/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links of services that shorten URLs, by `url_shortener`. They are not followed. */
#include "rules/eval/eval.h"
#include "rules/model/host_list.h"

struct place {
	struct str host;
	bool has_path;
};

static struct str without_port(struct str rest)
{
	size_t end = 1;

	while (end < rest.len && char_is_digit(rest.data[end]))
		end++;
	return rest.len > 0 && rest.data[0] == ':' && end > 1 ? str_from_offset(rest, end) : rest;
}

static bool has_word(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (char_is_alnum(text.data[i]) || text.data[i] == '_')
			return true;
	return false;
}

/* Where a web address leads; a path counts if a letter or digit is in it. */
static bool split_address(struct arena *arena, struct str uri, struct place *place_r)
{
	struct str rest = uri;
	size_t end = 0;

	if (str_starts_ci(rest, STR("https://")))
		rest = str_from_offset(rest, 8);
	else if (str_starts_ci(rest, STR("http://")))
		rest = str_from_offset(rest, 7);
	else
		return false;
	while (end < rest.len && rest.data[end] != '/' && rest.data[end] != '@')
		end++;
	if (end < rest.len && rest.data[end] == '@')
		rest = str_from_offset(rest, end + 1);
	for (end = 0; end < rest.len && rest.data[end] != '/' && rest.data[end] != ':';)
		end++;
	place_r->host = arena_str_lower(arena, str_prefix(rest, end));
	rest = str_from_offset(rest, end);
	place_r->has_path = has_word(without_port(rest));
	return place_r->host.len > 0;
}

static bool is_listed(const struct map *shorteners, struct str host)
{
	return host_list_find_exact(shorteners, host) == HOST_LISTED;
}

/* "tinyurl.com", "www.tinyurl.com", and "x.page.link" where ".page.link" is listed. */
static bool is_shortener(const struct map *shorteners, const struct place *place)
{
	struct str host = place->host;
	ptrdiff_t dot = str_find_char(host, '.');
	size_t dots = 0;

	for (size_t i = 0; i < host.len; i++)
		dots += host.data[i] == '.';
	if (dots == 1 && !place->has_path)
		return false;
	if (is_listed(shorteners, host))
		return true;
	if (dots != 2 || dot < 1)
		return false;
	if (str_starts(host, STR("www.")))
		return is_listed(shorteners, str_from_offset(host, 4));
	return !str_starts(host, STR("www")) &&
	       is_listed(shorteners, str_from_offset(host, (size_t)dot));
}

static struct str without_parameters(struct str uri)
{
	size_t len = 0;

	while (len < uri.len && uri.data[len] != '#' && uri.data[len] != '?')
		len++;
	return str_prefix(uri, len);
}

static double short_url(const struct eval_context *context)
{
	const struct uri_list *uris = &context->message->uris;
	const struct map *shorteners = map_get(context->set->uri_host_lists, HOST_LIST_SHORTENERS);
	struct place place;

	for (size_t i = 0; shorteners != NULL && i < uris->len; i++)
		if (uris->items[i].hosts.len > 0 && uris->items[i].variants.len > 0 &&
		    split_address(context->arena, without_parameters(uris->items[i].raw), &place) &&
		    is_shortener(shorteners, &place))
			return 1;
	return 0;
}

const struct eval_function eval_short_url_functions[] = {
	{ .name = "short_url", .run = short_url },
	{ .name = "short_url_*", .missing = "short URLs are not followed" },
	{ 0 },
};
