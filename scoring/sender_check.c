/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/sender_check.h"

#include <stdlib.h>

#include "base/memory.h"

#define ADDRESS_BITS 128

struct sender_check {
	struct spf_check *checks[SENDER_CHECK_ADDRESSES];
	size_t count;
};

static bool too_many(const struct settings *settings, struct problems *problems)
{
	return problems_add(problems, PROBLEM_ERROR,
	                    settings_place(settings, "srs_outgoing_addresses", STR("")),
	                    "srs_outgoing_addresses: more than %d addresses; name only those from "
	                    "which forwarded mail leaves",
	                    SENDER_CHECK_ADDRESSES);
}

/* The address number `i` of a network of at most 256. */
static struct ip_address address_at(const struct network *network, unsigned i)
{
	struct ip_address address = network->address;
	unsigned host_bits = ADDRESS_BITS - network->prefix;

	address.bytes[15] = (unsigned char)((address.bytes[15] >> host_bits << host_bits) | i);
	return address;
}

bool sender_check_addresses(struct arena *arena, const struct settings *settings,
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
	return addresses_r->len <= SENDER_CHECK_ADDRESSES || too_many(settings, problems);
}

struct sender_check *sender_check_start(const struct policy *policy,
                                        const struct envelope *envelope, struct lookups *lookups)
{
	const struct str_list *addresses = &policy->srs_outgoing;
	struct spf_input input = {
		.helo = policy->hostname,
		.sender = envelope->sender,
		.receiver = policy->hostname,
	};
	struct sender_check *check;

	if (policy->settings.srs != SRS_POLICY_WHEN_NEEDED || !policy->settings.network_tests ||
	    lookups == NULL || envelope->sender.len == 0 ||
	    forward_keeps_sender(policy->forward_maps, envelope->sender))
		return NULL;
	check = memory_calloc(1, sizeof(*check));
	for (; check->count < addresses->len; check->count++) {
		input.client_ip = addresses->items[check->count];
		check->checks[check->count] = spf_check_start(lookups->spf, &input);
	}
	return check;
}

static bool passes(struct spf_check *check, struct deadline deadline)
{
	struct arena *arena = arena_new();
	bool pass = check != NULL &&
	            spf_check_await(arena, check, deadline)->mail_from.status == SPF_STATUS_PASS;

	arena_free(arena);
	return pass;
}

bool sender_check_passes(struct sender_check *check, struct deadline deadline)
{
	bool pass = check != NULL && check->count > 0;

	if (check == NULL)
		return false;
	/* From the last one on, so that those that are left are the first ones. */
	while (pass && check->count > 0)
		pass = passes(check->checks[--check->count], deadline);
	sender_check_abandon(check);
	return pass;
}

bool sender_check_done(const struct sender_check *check)
{
	for (size_t i = 0; i < check->count; i++)
		if (check->checks[i] != NULL && !spf_check_done(check->checks[i]))
			return false;
	return true;
}

void sender_check_abandon(struct sender_check *check)
{
	if (check == NULL)
		return;
	while (check->count > 0)
		spf_check_abandon(check->checks[--check->count]);
	free(check);
}
