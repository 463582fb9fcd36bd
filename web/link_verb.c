/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/link_verb.h"

#include "release/release.h"

struct str link_verb(enum link_purpose purpose)
{
	switch (purpose) {
	case LINK_DELIVER:
		return STR(RELEASE_VERB);
	case LINK_WELCOME:
		return STR("welcome");
	case LINK_BLOCK:
		return STR("block");
	case LINK_RIGHT:
		return STR("right");
	case LINK_SPAM:
		return STR("spam");
	case LINK_MISTAKE_HAM:
		return STR("is-ham");
	case LINK_MISTAKE_SPAM:
		return STR("is-spam");
	case LINK_LIST_ADD:
		return STR("list");
	case LINK_LIST_REMOVE:
		return STR("unlist");
	case LINK_VIEW:
	case LINK_SESSION:
		break;
	}
	return STR("");
}

bool link_verb_done(const struct act_list *acts, enum link_purpose purpose, struct str account)
{
	const struct act *act;

	vec_foreach (acts, act)
		if (str_eq(act->verb, link_verb(purpose)) && str_eq_ci(act->recipient, account))
			return true;
	return false;
}
