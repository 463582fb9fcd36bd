/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/infection.h"

#include "rules/model/glob.h"

struct antivirus_scan *infection_ask(struct arena *arena, const struct policy *policy,
                                     struct str raw)
{
	return policy->antivirus != NULL ? antivirus_begin(arena, policy->antivirus, raw) : NULL;
}

bool infection_is_awaited(struct antivirus_scan *scan)
{
	return scan != NULL && !antivirus_is_done(scan);
}

const struct antivirus_result *infection_await(struct antivirus_scan *scan,
                                               struct deadline deadline)
{
	struct deadline half = deadline_in_ms(deadline_left_ms(deadline) / 2);

	return antivirus_finish(scan, deadline_earlier(deadline, half));
}

struct infection infection_of(const struct settings *settings, struct str signature)
{
	struct infection infection = { signature, true };
	const struct str *pattern;

	vec_foreach (&settings->antivirus_only_tag, pattern)
		if (glob_match(*pattern, signature))
			infection.certain = false;
	return infection;
}
