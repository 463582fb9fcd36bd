/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPF of the host that gave the message to our network: asked as soon as the sender is known where
 * that is the client itself, and otherwise, or for a stored message, when the header tells. Nothing
 * is asked without network tests, with spf no, and for clients that are not known, in
 * trusted_clients, authenticated, internal (as for Received fields) or on this host.
 */
#include "facts/checks.h"
#include "facts/spf_header.h"

/* Mail of our own hosts is under nobody's policy; by the same rule as for Received fields. */
static bool is_own_client(const struct facts_settings *settings, struct str ip)
{
	const struct network_list *internal = settings->relays.internal;
	struct ip_address address;

	if (internal == NULL || internal->len == 0)
		internal = settings->relays.trusted;
	if (!ip_parse(ip, &address) || networks_match(settings->trusted_clients, &address))
		return true;
	if (internal == NULL || internal->len == 0)
		return ip_is_private(&address);
	return networks_match(internal, &address) || str_starts(ip, STR("127.")) ||
	       str_eq(ip, STR("::1"));
}

static struct spf_check *start(const struct check_context *context, const struct envelope *envelope)
{
	const struct facts_settings *settings = context->settings;
	struct lookups *lookups = context->lookups;
	struct spf_input input = {
		.client_ip = envelope->client_ip,
		.helo = envelope->helo,
		.sender = envelope->sender,
		.receiver = envelope->host.len == 0 || settings->hostname_given ? settings->hostname
		                                                                : envelope->host,
	};

	if (lookups == NULL || !settings->network_tests || !settings->spf ||
	    !envelope->has_sender || envelope->authenticated ||
	    is_own_client(settings, envelope->client_ip))
		return NULL;
	return spf_check_start(lookups->spf, &input);
}

/* Whether the message came here from a host that is not ours, or from a user. */
static bool came_from_outside(const struct facts *facts)
{
	const struct relay_list *relays = facts->relays;

	return facts->envelope->authenticated ||
	       (relays->len > 0 && relays->items[0].is_connection && !relays->items[0].internal);
}

/* The field that stands, of those that hosts of ours wrote: above the last of their Received. */
static const struct spf_result *find_internal_spf(struct arena *arena,
                                                  const struct facts_input *input,
                                                  const struct facts_settings *settings,
                                                  const struct relay_list *relays)
{
	const struct spf_result *oldest = NULL, *result;
	size_t received = 0;

	for (size_t i = 0; i < input->headers->len && received <= relays->internal_fields; i++) {
		const struct header *header = &input->headers->items[i];

		received += str_eq_ci(header->name, STR("Received"));
		if (!str_eq_ci(header->name, STR("Received-SPF")))
			continue;
		result = spf_received_read_any(arena, header->unfolded);
		if (result != NULL && settings->newest_received_spf)
			return result;
		oldest = result != NULL ? result : oldest;
	}
	return oldest;
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

static const struct spf_result *reuse_spf(struct arena *arena, const struct facts_input *input,
                                          const struct facts_settings *settings,
                                          struct facts *facts)
{
	const struct spf_result *result;

	if (!settings->spf || !settings->reuse_received_spf)
		return NULL;
	result = came_from_outside(facts)
	                 ? NULL
	                 : find_internal_spf(arena, input, settings, facts->relays);
	facts->spf_is_relays = result != NULL && !str_eq_ci(result->receiver, settings->hostname);
	if (result == NULL && facts->envelope != input->envelope)
		result = find_written_spf(arena, input, settings);
	return result;
}

/* The session in which the message came to our network; or as it was. */
static struct envelope outer_session(struct arena *arena, const struct facts *facts)
{
	const struct relay *relay = relays_handover(arena, facts->relays);
	const struct relay_list *relays = facts->relays;
	struct envelope outer = *facts->envelope;

	if (outer.authenticated || relays->len == 0 || !relays->items[0].is_connection ||
	    !relays->items[0].internal || relay == NULL || relay->is_origin)
		return outer;
	outer.client_ip = relay->ip;
	outer.helo = relay->helo;
	if (relay->has_envelope_from)
		outer.sender = relay->envelope_from;
	return outer;
}

static void *begin(const struct check_context *context)
{
	return start(context, context->envelope);
}

static void *complete(const struct check_context *context, void *check)
{
	struct facts *facts = context->facts;
	struct envelope outer;

	if (check != NULL)
		return check;
	facts->spf = reuse_spf(context->arena, context->input, context->settings, facts);
	if (facts->spf != NULL)
		return NULL;
	outer = outer_session(context->arena, facts);
	return start(context, &outer);
}

static bool is_done(void *check)
{
	return spf_check_done(check);
}

static void finish(const struct check_context *context, void *check, struct deadline deadline)
{
	context->facts->spf = spf_check_await(context->arena, check, deadline);
}

static void abandon(void *check)
{
	spf_check_abandon(check);
}

const struct check_kind spf_check_kind = {
	.name = "spf",
	.begin = begin,
	.complete = complete,
	.is_done = is_done,
	.finish = finish,
	.abandon = abandon,
};
