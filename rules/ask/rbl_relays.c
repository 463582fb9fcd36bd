/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/rbl.h"

/* Relays that a rule looks up at most. */
#define RELAYS_MAX 9

struct candidate {
	struct str ip;
	bool ip_trusted;
};

/* In order, each once, without private ones. */
struct candidates {
	struct candidate *items;
	size_t len;
	size_t cap;
};

static void add(struct arena *arena, struct candidates *list, struct str ip, bool ip_private,
                bool ip_trusted)
{
	const struct candidate *known;

	if (ip.len == 0 || ip_private)
		return;
	vec_foreach (list, known) {
		if (str_eq(known->ip, ip))
			return;
	}
	vec_push(arena, list, ((struct candidate){ ip, ip_trusted }));
}

/* Those that didn't belong to our network when they gave the message to it, or to somebody
 * else; `external`: trusted ones, too. Newest first. */
static void add_relays(struct arena *arena, const struct relay_list *relays, bool external,
                       struct candidates *list)
{
	const struct relay *relay;

	vec_foreach (relays, relay) {
		if (external ? !relay->internal : !relay->trusted)
			add(arena, list, relay->ip, relay->ip_private, relay->ip_trusted);
	}
}

static void add_origins(struct arena *arena, const struct relay_list *relays,
                        struct candidates *list)
{
	const struct origin_address *origin;

	vec_foreach (&relays->origins, origin) {
		if (!origin->ip_trusted)
			add(arena, list, origin->ip, origin->ip_private, false);
	}
}

static void drop_first(struct candidates *list)
{
	if (list->len > 0) {
		list->items++;
		list->len--;
	}
}

static void reverse(struct candidates *list)
{
	for (size_t i = 0; i < list->len / 2; i++) {
		struct candidate *a = &list->items[i], *b = &list->items[list->len - 1 - i];
		struct candidate kept = *a;

		*a = *b;
		*b = kept;
	}
}

/* Where no relay is foreign there is nothing to ask, not even about those trusted ones that are
 * external. */
static bool has_foreign(struct arena *arena, const struct relay_list *relays)
{
	struct candidates list = { 0 };

	add_relays(arena, relays, false, &list);
	return list.len + relays->origins.len > 0;
}

static void choose(struct arena *arena, const struct relay_list *relays, enum rbl_hops hops,
                   struct candidates *list)
{
	bool external = hops == RBL_LAST_EXTERNAL || hops == RBL_NOT_FIRST_HOP;

	add_relays(arena, relays, external, list);
	if (!external)
		add_origins(arena, relays, list);
	if (hops == RBL_ALL_HOPS)
		reverse(list);
	else if (hops == RBL_UNTRUSTED)
		drop_first(list);
	else if (hops == RBL_NOT_FIRST_HOP)
		list->len -= list->len > 1;
	else if (list->len > 1)
		list->len = 1;
	if (list->len > RELAYS_MAX)
		list->len = RELAYS_MAX;
}

void rbl_relay_addresses(struct arena *arena, const struct relay_list *relays, enum rbl_hops hops,
                         bool nice, struct str_list *addresses_r)
{
	struct candidates list = { 0 };

	*addresses_r = (struct str_list){ 0 };
	if (!has_foreign(arena, relays))
		return;
	choose(arena, relays, hops, &list);
	while (!nice && list.len > 0 && list.items[0].ip_trusted)
		drop_first(&list);
	for (size_t i = 0; i < list.len; i++)
		vec_push(arena, addresses_r, list.items[i].ip);
}
