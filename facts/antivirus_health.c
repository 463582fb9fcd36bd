/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/antivirus_health.h"

enum antivirus_permission antivirus_health_may_ask(struct antivirus_health *health, int64_t now_us)
{
	if (health->pause_us == 0)
		return ANTIVIRUS_MAY_ASK;
	if (now_us < health->until_us)
		return ANTIVIRUS_IS_DEAD;
	health->until_us = now_us + ANTIVIRUS_TRY_US;
	return ANTIVIRUS_MAY_TRY;
}

void antivirus_health_works(struct antivirus_health *health)
{
	*health = (struct antivirus_health){ 0 };
}

void antivirus_health_failed(struct antivirus_health *health, int64_t now_us, bool tried, bool dead)
{
	if (health->failures < ANTIVIRUS_FAILURES)
		health->failures++;
	/* Those that had been asked before it was found dead tell nothing new. */
	if (health->pause_us > 0 && !tried)
		return;
	if (!dead && !tried && health->failures < ANTIVIRUS_FAILURES)
		return;
	health->pause_us = health->pause_us > 0 ? health->pause_us * 2 : ANTIVIRUS_PAUSE_US;
	if (health->pause_us > ANTIVIRUS_PAUSE_MAX_US)
		health->pause_us = ANTIVIRUS_PAUSE_MAX_US;
	health->until_us = now_us + health->pause_us;
}
