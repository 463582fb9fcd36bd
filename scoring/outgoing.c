/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/outgoing.h"

#define ADDRESS_BITS 128

static bool too_many(const struct settings *settings, struct problems *problems)
{
	return problems_add(problems, PROBLEM_ERROR,
	                    settings_place(settings, "srs_outgoing_addresses", STR("")),
	                    "srs_outgoing_addresses: more than %d addresses; name only those from "
	                    "which forwarded mail leaves",
	                    OUTGOING_ADDRESSES_MAX);
}

/* The address number `i` of a network of at most 256. */
static struct ip_address address_at(const struct network *network, unsigned i)
{
	struct ip_address address = network->address;
	unsigned host_bits = ADDRESS_BITS - network->prefix;

	address.bytes[15] = (unsigned char)((address.bytes[15] >> host_bits << host_bits) | i);
	return address;
}

bool outgoing_addresses(struct arena *arena, const struct settings *settings,
                        struct str_list *addresses_r, struct problems *problems)
{
	const struct network_list *networks = settings->srs_outgoing_addresses;

	for (size_t i = 0; networks != NULL && i < networks->len; i++) {
		const struct network *network = &networks->items[i];
		unsigned host_bits = ADDRESS_BITS - network->prefix;

		if (network->excluded)
			continue;
		if (host_bits > 4)
			return too_many(settings, problems);
		for (unsigned j = 0; j < 1u << host_bits; j++) {
			struct ip_address address = address_at(network, j);

			if (networks_match(networks, &address))
				vec_push(arena, addresses_r, ip_text(arena, &address));
		}
	}
	return addresses_r->len <= OUTGOING_ADDRESSES_MAX || too_many(settings, problems);
}
