/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/uri_hosts.h"

#include "rules/ask/pick.h"
#include "rules/model/host_list.h"

/* Kinds of URIs, in the order in which their hosts are taken: what a reader is likely to follow
 * comes first. */
enum rank {
	RANK_LINK,
	RANK_FORM,
	RANK_IMAGE,
	RANK_OTHER,
	RANK_TEXT,
	RANK_EMPTY_LINK,
	RANK_COUNT,
};

static bool shows_text(const struct uri *uri)
{
	const struct str *text;

	vec_foreach (&uri->anchor_texts, text)
		if (text->len > 0)
			return true;
	return false;
}

static enum rank rank_of(const struct uri *uri)
{
	if (uri->types & URI_TYPE_A)
		return shows_text(uri) ? RANK_LINK : RANK_EMPTY_LINK;
	if (uri->types & URI_TYPE_FORM)
		return RANK_FORM;
	if (uri->types & URI_TYPE_IMG)
		return RANK_IMAGE;
	return uri->types == URI_TYPE_PARSED ? RANK_TEXT : RANK_OTHER;
}

static bool is_skipped(const struct uribl_settings *settings, const struct uri_host *host)
{
	return host_list_find_exact(settings->skipped, host->domain) == HOST_LISTED ||
	       host_list_find_exact(settings->skipped, host->host) == HOST_LISTED;
}

static void add_hosts(struct arena *arena, const struct uri *uri,
                      const struct uribl_settings *settings, struct uri_host_list *hosts)
{
	const struct uri_host *host;

	if (!settings->asks_addresses && str_starts_ci(uri->raw, STR("mailto:")))
		return;
	if (settings->no_signers && uri->types == URI_TYPE_DOMAINKEYS)
		return;
	vec_foreach (&uri->hosts, host)
		if (!is_skipped(settings, host))
			vec_push(arena, hosts, *host);
}

/* Without those that were taken, and each once; notes them. */
static void keep_new(struct uri_host_list *hosts, struct map *taken)
{
	size_t kept = 0;

	for (size_t i = 0; i < hosts->len; i++) {
		if (map_get(taken, hosts->items[i].host) != NULL)
			continue;
		map_set(taken, hosts->items[i].host, taken);
		hosts->items[kept++] = hosts->items[i];
	}
	hosts->len = kept;
}

struct uri_host_list uri_hosts_pick(struct arena *arena, const struct uri_list *uris,
                                    const struct uribl_settings *settings)
{
	struct uri_host_list ranked[RANK_COUNT] = { 0 }, picked = { 0 };
	struct map *taken = map_new(arena, MAP_EXACT);
	const struct uri *uri;

	vec_foreach (uris, uri)
		add_hosts(arena, uri, settings, &ranked[rank_of(uri)]);
	for (size_t rank = 0; rank < RANK_COUNT; rank++) {
		struct uri_host_list *hosts = &ranked[rank];
		size_t room = settings->max_hosts - picked.len;

		keep_new(hosts, taken);
		if (hosts->len > room) {
			pick_some(hosts->items, sizeof(*hosts->items), hosts->len, room,
			          pick_chance());
			hosts->len = room;
		}
		for (size_t i = 0; i < hosts->len; i++)
			vec_push(arena, &picked, hosts->items[i]);
	}
	return picked;
}
