/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/facts_gather.h"

#include "facts/checks.h"

struct gathering *facts_begin(struct arena *arena, const struct facts_input *input,
                              const struct facts_settings *settings)
{
	const struct envelope *envelope = input->envelope;
	struct facts *facts = arena_new_object(arena, struct facts);
	struct check_context *context = arena_new_object(arena, struct check_context);
	struct gathering *gathering = arena_new_object(arena, struct gathering);

	facts->message = input->message;
	facts->envelope = envelope;
	facts->relays = relays_parse(arena, input->headers, envelope, &settings->relays);
	facts->geo = settings->geo;
	facts->client_trusted = networks_match_text(settings->trusted_clients, envelope->client_ip);
	if (!envelope->has_sender && envelope->client_ip.len == 0) {
		struct envelope *recovered = arena_new_object(arena, struct envelope);

		*recovered = *envelope;
		relays_recover_envelope(arena, input->headers, facts->relays, &settings->relays,
		                        recovered);
		facts->envelope = recovered;
	}
	*context = (struct check_context){ .settings = settings,
		                           .envelope = envelope,
		                           .lookups = input->lookups,
		                           .arena = arena,
		                           .input = input,
		                           .facts = facts };
	gathering->facts = facts;
	gathering->context = context;
	gathering->checks = checks_complete(context, input->checks);
	return gathering;
}

bool facts_are_there(const struct gathering *gathering)
{
	return checks_done(gathering->checks);
}

const struct facts *facts_finish(struct gathering *gathering, struct deadline deadline)
{
	checks_finish(gathering->context, gathering->checks, deadline);
	return gathering->facts;
}

const struct facts *facts_gather(struct arena *arena, const struct facts_input *input,
                                 const struct facts_settings *settings)
{
	return facts_finish(facts_begin(arena, input, settings),
	                    checks_waiting_ends(input->deadline));
}
