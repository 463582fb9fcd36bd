/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of addresses that rule files fill: patterns with * and ?, some with the domain of a relay.
 * Filled by one thread while a rule set is loaded, read by any number after that; in the rule set's
 * arena. Nothing fails.
 */
#ifndef RULES_MODEL_ADDRESS_LIST_H
#define RULES_MODEL_ADDRESS_LIST_H

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

/* Lists of `fns_add_addrlist` are named by this and their name in lower case. */
#define ADDRESS_LIST_OWNERS STR("fns_addrlist ")

#endif
