/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/pending_checks.h"

#include <stdlib.h>

#include "base/memory.h"

struct pending_checks {
	struct checks *facts;
	struct sender_check *sender;
	struct dns_questions *questions;
};

/* Mail of clients whose mail is not scanned is not asked about; of trusted ones that is known at
 * the end of the message only, or by the same list here. */
static bool is_scanned(const struct policy *policy, const struct envelope *envelope)
{
	const struct settings *settings = &policy->settings;

	if (envelope->authenticated)
		return settings->authenticated_clients != CLIENT_POLICY_SKIP;
	return settings->trusted_clients != CLIENT_POLICY_SKIP ||
	       !networks_match_text(policy->facts_settings.trusted_clients, envelope->client_ip);
}

struct pending_checks *pending_checks_begin(struct arena *arena, const struct policy *policy,
                                            const struct envelope *envelope,
                                            struct lookups *lookups)
{
	static const struct header_list no_headers;
	struct pending_checks *pending = memory_calloc(1, sizeof(*pending));
	struct check_context context = { .settings = &policy->facts_settings,
		                         .envelope = envelope,
		                         .lookups = lookups };

	if (settings_role(&policy->settings, envelope->daemon_name) != ROLE_FRONT) {
		pending->sender = sender_check_start(policy, envelope, lookups);
		return pending;
	}
	pending->facts = checks_begin(&context);
	if (lookups != NULL && policy->settings.network_tests && is_scanned(policy, envelope)) {
		pending->questions = dns_questions_new(lookups->dns);
		ruleset_ask_early(
			policy->ruleset, arena, envelope,
			relays_parse(arena, &no_headers, envelope, &policy->facts_settings.relays),
			pending->questions);
	}
	return pending;
}

void pending_checks_add_header(struct pending_checks *pending, struct str headers)
{
	if (pending != NULL && pending->facts != NULL)
		checks_add_header(pending->facts, headers);
}

void pending_checks_add_body(struct pending_checks *pending, struct str piece)
{
	if (pending != NULL && pending->facts != NULL)
		checks_add_body(pending->facts, piece);
}

struct checks *pending_checks_take_facts(struct pending_checks *pending)
{
	struct checks *facts = pending != NULL ? pending->facts : NULL;

	if (pending != NULL)
		pending->facts = NULL;
	return facts;
}

struct sender_check *pending_checks_take_sender(struct pending_checks *pending)
{
	struct sender_check *sender = pending != NULL ? pending->sender : NULL;

	if (pending != NULL)
		pending->sender = NULL;
	return sender;
}

struct dns_questions *pending_checks_questions(struct pending_checks *pending)
{
	return pending != NULL ? pending->questions : NULL;
}

void pending_checks_abandon(struct pending_checks *pending)
{
	if (pending == NULL)
		return;
	checks_abandon(pending->facts);
	sender_check_abandon(pending->sender);
	dns_questions_free(pending->questions);
	free(pending);
}
