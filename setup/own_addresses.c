/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/own_addresses.h"

#include <string.h>

#include "base/socket_address.h"

struct own_address {
	const char *key;
	struct str text;
	struct socket_address parsed;
};

struct own_address_list {
	vec_members(struct own_address);
};

static bool is_every_host(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* Could only one of them be listened on? Names aren't looked up. */
static bool is_same(const struct socket_address *one, const struct socket_address *other)
{
	if (one->path != NULL || other->path != NULL)
		return one->path != NULL && other->path != NULL &&
		       strcmp(one->path, other->path) == 0;
	return strcmp(one->port, other->port) == 0 &&
	       (strcmp(one->host, other->host) == 0 ||
	        (one->family == other->family &&
	         (is_every_host(one->host) || is_every_host(other->host))));
}

static void add(const struct settings *settings, const char *key, struct str text,
                struct own_address_list *list, struct problems *problems)
{
	struct own_address own = { .key = key, .text = text };
	const struct own_address *other;
	struct error error;

	if (text.len == 0 || !socket_address_parse(problems->arena, key, text, &own.parsed, &error))
		return;
	vec_foreach (list, other) {
		if (!is_same(&own.parsed, &other->parsed))
			continue;
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, key, text),
		             "%s %.*s: %s %.*s has that address already; write another one", key,
		             STR_FMT(text), other->key, STR_FMT(other->text));
		break;
	}
	vec_push(problems->arena, list, own);
}

void own_addresses_check(const struct settings *settings, struct problems *problems)
{
	struct own_address_list list = { 0 };
	const struct str *text;

	vec_foreach (&settings->listen, text)
		add(settings, "listen", *text, &list, problems);
	add(settings, "control", settings_address(settings->control), &list, problems);
	add(settings, "metrics", settings_address(settings->metrics), &list, problems);
	add(settings, "srs_socketmap", settings->srs_socketmap, &list, problems);
	add(settings, "web", settings_address(settings->web), &list, problems);
}
