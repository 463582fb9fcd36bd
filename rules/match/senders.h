/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields that say who a message may be from, as requests for their addresses. */
#ifndef RULES_MATCH_SENDERS_H
#define RULES_MATCH_SENDERS_H

#include "base/arena.h"

/* Where it gives any address, the others don't count. */
#define SENDERS_RESENT "Resent-From:first:addr"
#define SENDERS_COUNT  5
extern const char *const senders_requests[SENDERS_COUNT];

/* "a..b@c" → "a.b@c": some senders are written with runs of dots. */
struct str senders_tidy(struct arena *arena, struct str address);

#endif
