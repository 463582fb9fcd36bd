/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of hosts of URIs that rule files fill: maps from a host to how it is listed. Filled by one
 * thread while a rule set is loaded, read by any number after that; in the rule set's arena.
 * Nothing fails.
 */
#ifndef RULES_MODEL_HOST_LIST_H
#define RULES_MODEL_HOST_LIST_H

#include "base/map.h"

/* What is known of a host of a URI list. */
enum host_listing {
	HOST_UNLISTED,
	HOST_LISTED,
	HOST_EXEMPT, /* named with ! */
};

/* The list of `url_shortener`. */
#define HOST_LIST_SHORTENERS STR("url_shortener ")

/* How a host (in lower case) is listed, by itself or the nearest domain above it. */
enum host_listing host_list_find(const struct map *hosts, struct str host);
/* How exactly this name is listed. */
enum host_listing host_list_find_exact(const struct map *hosts, struct str host);
void host_list_set(struct arena *arena, struct map *hosts, struct str host,
                   enum host_listing listing);

#endif
