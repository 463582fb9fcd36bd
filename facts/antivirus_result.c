/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/antivirus_result.h"

const char *antivirus_state_name(enum antivirus_state state)
{
	static const char *const names[ANTIVIRUS_STATE_COUNT] = {
		[ANTIVIRUS_CLEAN] = "clean",   [ANTIVIRUS_INFECTED] = "infected",
		[ANTIVIRUS_AWAY] = "away",     [ANTIVIRUS_SLOW] = "slow",
		[ANTIVIRUS_ERROR] = "error",   [ANTIVIRUS_NONSENSE] = "nonsense",
		[ANTIVIRUS_PAUSED] = "paused",
	};

	return names[state];
}

bool antivirus_is_known(const struct antivirus_result *result)
{
	return result->state == ANTIVIRUS_CLEAN || result->state == ANTIVIRUS_INFECTED;
}
