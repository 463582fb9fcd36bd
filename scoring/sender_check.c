/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/sender_check.h"

#include <stdlib.h>

#include "base/memory.h"
#include "scoring/outgoing.h"

struct sender_check {
	struct spf_check *checks[OUTGOING_ADDRESSES_MAX];
	size_t count;
};

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
