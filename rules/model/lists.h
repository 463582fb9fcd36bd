/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists that rule files fill: address patterns with * and ?, some with the domain of a relay, and
 * hosts of URIs. Filled by one thread while a rule set is loaded, read by any number after that;
 * in the rule set's arena. Nothing fails.
 */
#ifndef RULES_MODEL_LISTS_H
#define RULES_MODEL_LISTS_H

#include "base/map.h"
#include "base/vec.h"

/* Addresses, in lower case. */
struct address_entry {
	struct str pattern;
	struct str_list domains; /* of relays, for the *_rcvd lists */
	bool removed;
};

struct address_list {
	struct map *exact; /* entries without * and ? */
	vec_of(struct address_entry *) globs;
};

struct address_list *address_list_new(struct arena *arena);
/* Adds an address; `domain` may be empty. */
void address_list_add(struct arena *arena, struct address_list *list, struct str address,
                      struct str domain);
void address_list_remove(struct arena *arena, struct address_list *list, struct str address);
/*
 * Calls visit() for each entry that the address (in lower case) matches, until it gives true;
 * gives what the last call gave. NULL visits: is there any?
 */
bool address_list_match(const struct address_list *list, struct str address,
                        bool (*visit)(const struct address_entry *entry, void *context),
                        void *context);

/* Does the whole text match a pattern in which * is any text and ? any character, but no line
 * end? Takes time in the product of the lengths at most. */
bool glob_match(struct str pattern, struct str text);

/* What is known of a host of a URI list. */
enum host_listing {
	HOST_UNLISTED,
	HOST_LISTED,
	HOST_EXEMPT, /* named with ! */
};

/* Lists of `fns_add_addrlist`, among the lists of addresses: this, and the name in lower case. */
#define LISTS_OWNERS STR("fns_addrlist ")
/* The list of `url_shortener`, among the lists of hosts. */
#define LISTS_SHORTENERS STR("url_shortener ")

/* How a host (in lower case) is listed, by itself or the nearest domain above it. */
enum host_listing host_list_find(const struct map *hosts, struct str host);
/* How exactly this name is listed. */
enum host_listing host_list_find_exact(const struct map *hosts, struct str host);
void host_list_set(struct arena *arena, struct map *hosts, struct str host,
                   enum host_listing listing);

#endif
