/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/pending_checks.h"

#include <stdlib.h>

#include "base/memory.h"

struct pending_checks {
	struct checks *facts;
	struct sender_check *sender;
};

struct pending_checks *pending_checks_begin(const struct policy *policy,
                                            const struct envelope *envelope,
                                            struct lookups *lookups)
{
	struct pending_checks *pending = memory_calloc(1, sizeof(*pending));
	struct check_context context = { .settings = &policy->facts_settings,
		                         .envelope = envelope,
		                         .lookups = lookups };

	if (settings_role(&policy->settings, envelope->daemon_name) == ROLE_FRONT)
		pending->facts = checks_begin(&context);
	else
		pending->sender = sender_check_start(policy, envelope, lookups);
	return pending;
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

void pending_checks_abandon(struct pending_checks *pending)
{
	if (pending == NULL)
		return;
	checks_abandon(pending->facts);
	sender_check_abandon(pending->sender);
	free(pending);
}
