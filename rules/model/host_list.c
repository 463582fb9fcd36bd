/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/host_list.h"

static enum host_listing listings[] = { HOST_UNLISTED, HOST_LISTED, HOST_EXEMPT };

enum host_listing host_list_find(const struct map *hosts, struct str host)
{
	while (host.len > 0) {
		const enum host_listing *listing = map_get(hosts, host);
		ptrdiff_t dot;

		if (listing != NULL && *listing != HOST_UNLISTED)
			return *listing;
		dot = str_find_char(host, '.');
		if (dot < 0)
			break;
		host = str_from_offset(host, (size_t)dot + 1);
	}
	return HOST_UNLISTED;
}

enum host_listing host_list_find_exact(const struct map *hosts, struct str host)
{
	const enum host_listing *listing = map_get(hosts, host);

	return listing != NULL ? *listing : HOST_UNLISTED;
}

void host_list_set(struct arena *arena, struct map *hosts, struct str host,
                   enum host_listing listing)
{
	map_set(hosts, arena_str_lower(arena, host), &listings[listing]);
}
