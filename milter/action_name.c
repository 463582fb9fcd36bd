/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/action_name.h"

static const char *const names[ACTION_COUNT] = {
	[ACTION_PASS] = "pass",         [ACTION_TAG] = "tag",
	[ACTION_DISCARD] = "discard",   [ACTION_PARTIAL] = "partial",
	[ACTION_SKIP] = "skip",         [ACTION_PARTIAL_TAG] = "partial+tag",
	[ACTION_TEMPFAIL] = "tempfail", [ACTION_REJECT] = "reject",
};

const char *action_name(enum action_kind kind)
{
	return names[kind];
}

enum action_kind action_name_kind(const struct assay *assay)
{
	if (assay->skipped != NULL)
		return ACTION_SKIP;
	switch (assay->verdict->action) {
	case VERDICT_TAG:
		return ACTION_TAG;
	case VERDICT_DROP:
		return ACTION_DISCARD;
	case VERDICT_PARTIAL:
		return assay->verdict->tag ? ACTION_PARTIAL_TAG : ACTION_PARTIAL;
	case VERDICT_REJECT:
		return ACTION_REJECT;
	case VERDICT_PASS:
		break;
	}
	return ACTION_PASS;
}
