/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay health --follow`: goes on with the log, and adapts the drop thresholds of destinations. */
#ifndef CLI_HEALTH_FOLLOW_H
#define CLI_HEALTH_FOLLOW_H

#include "health/health.h"
#include "scoring/settings.h"
#include "store/store.h"

struct health_follow {
	const struct settings *settings;
	struct store *store;
	struct health *health;
	const char *log; /* a file, or "-"; NULL: the journal */
};

/* Until a signal, or the end of standard input or of journalctl; an exit status, with the reason
 * told on stderr. */
int health_follow(const struct health_follow *follow);

#endif
