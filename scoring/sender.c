/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/sender.h"

#include <time.h>

static bool is_forwarded(const struct policy *policy, const struct envelope *envelope,
                         const struct verdict *verdict)
{
	bool hop = settings_role(&policy->settings, envelope->daemon_name) == ROLE_FORWARD;
	size_t kept = 0, forwarded = 0;

	if (!hop && settings_has_hop(&policy->settings))
		return false;
	for (size_t i = 0; i < verdict->recipient_count; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		kept += !recipient->drop;
		forwarded += !recipient->drop && recipient->class == RECIPIENT_FORWARDED;
	}
	return forwarded > 0 && (hop || forwarded == kept);
}

struct str sender_rewrite(struct arena *arena, const struct policy *policy,
                          const struct envelope *envelope, const struct verdict *verdict,
                          const char **trouble_r)
{
	struct str sender = envelope->sender, rewritten;
	enum srs_result result;

	*trouble_r = NULL;
	if (!policy->has_srs || !is_forwarded(policy, envelope, verdict) ||
	    forward_keeps_sender(policy->forward_maps, sender))
		return STR("");
	result = srs_forward(arena, &policy->srs, sender, (int64_t)time(NULL), &rewritten);
	if (result == SRS_REWRITTEN)
		return rewritten;
	if (result != SRS_UNCHANGED)
		*trouble_r = srs_result_text(result);
	return STR("");
}
