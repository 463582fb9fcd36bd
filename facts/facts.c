/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/facts.h"

#include "facts/spf_header.h"

/* Whose mail is not anybody's policy: our own hosts', by the same rule as for Received fields. */
static bool is_own_client(const struct facts_settings *settings, struct str ip)
{
	const struct network_list *trusted = settings->relays.trusted;
	struct ip_address address;

	if (trusted == NULL || trusted->len == 0)
		trusted = settings->relays.internal;
	if (!ip_parse(ip, &address))
		return true;
	if (trusted == NULL || trusted->len == 0)
		return ip_is_private(&address);
	return networks_match(trusted, &address) || str_starts(ip, STR("127.")) ||
	       str_eq(ip, STR("::1"));
}

struct spf_check *facts_start_spf(const struct facts_settings *settings,
                                  const struct envelope *envelope, struct lookups *lookups)
{
	struct spf_input input = {
		.client_ip = envelope->client_ip,
		.helo = envelope->helo,
		.sender = envelope->sender,
		.receiver = envelope->host.len > 0 ? envelope->host : settings->hostname,
	};

	if (lookups == NULL || !settings->network_tests || !settings->spf ||
	    !envelope->has_sender || envelope->authenticated ||
	    is_own_client(settings, envelope->client_ip))
		return NULL;
	return spf_check_start(lookups->spf, &input);
}

/* What this host found when the message arrived; fields of others that claim to be ours were
 * removed then. */
static const struct spf_result *find_written_spf(struct arena *arena,
                                                 const struct facts_input *input,
                                                 const struct facts_settings *settings)
{
	const struct header *header = NULL;
	const struct spf_result *result;

	while ((header = header_next(input->headers, STR("Received-SPF"), header)) != NULL) {
		result = spf_received_read(arena, header->unfolded, settings->hostname);
		if (result != NULL)
			return result;
	}
	return NULL;
}

/* The rest of the time is for the rules: where the DNS is dead, they still decide. */
struct deadline facts_waiting_ends(struct deadline deadline)
{
	return deadline_earlier(deadline, deadline_in_ms(deadline_left_ms(deadline) * 2 / 3));
}

static const struct spf_result *find_spf(struct arena *arena, const struct facts_input *input,
                                         const struct facts_settings *settings,
                                         const struct envelope *envelope)
{
	struct spf_check *check = input->spf_check;
	const struct spf_result *written = NULL;

	if (check == NULL && envelope != input->envelope && settings->spf &&
	    settings->reuse_received_spf)
		written = find_written_spf(arena, input, settings);
	if (written != NULL)
		return written;
	if (check == NULL)
		check = facts_start_spf(settings, envelope, input->lookups);
	if (check == NULL)
		return NULL;
	if (input->turn != NULL && !spf_check_done(check))
		turn_give(input->turn);
	return spf_check_await(arena, check, facts_waiting_ends(input->deadline));
}

const struct facts *facts_gather(struct arena *arena, const struct facts_input *input,
                                 const struct facts_settings *settings)
{
	const struct envelope *envelope = input->envelope;
	struct facts *facts = arena_new_object(arena, struct facts);

	facts->message = input->message;
	facts->envelope = envelope;
	facts->relays = relays_parse(arena, input->headers, envelope, &settings->relays);
	facts->client_trusted = networks_match_text(settings->trusted_clients, envelope->client_ip);
	if (!envelope->has_sender && envelope->client_ip.len == 0) {
		struct envelope *recovered = arena_new_object(arena, struct envelope);

		*recovered = *envelope;
		relays_recover_envelope(arena, input->headers, facts->relays, &settings->relays,
		                        recovered);
		facts->envelope = recovered;
	}
	facts->spf = find_spf(arena, input, settings, facts->envelope);
	return facts;
}
