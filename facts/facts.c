/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/facts.h"

const struct facts *facts_gather(struct arena *arena, const struct message *message,
                                 const struct header_list *headers, const struct envelope *envelope,
                                 const struct facts_settings *settings)
{
	struct facts *facts = arena_new_object(arena, struct facts);

	facts->message = message;
	facts->envelope = envelope;
	facts->relays = relays_parse(arena, headers, envelope, settings->trusted_networks,
	                             settings->internal_networks);
	facts->client_trusted =
		networks_match_text(settings->trusted_networks, envelope->client_ip);
	if (!envelope->has_sender && envelope->client_ip.len == 0) {
		struct envelope *recovered = arena_new_object(arena, struct envelope);

		*recovered = *envelope;
		relays_recover_envelope(arena, headers, facts->relays, recovered);
		facts->envelope = recovered;
	}
	return facts;
}
