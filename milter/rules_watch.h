/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of mail after other rules went into force: the share that is tagged, and that is
 * dropped, against that under the rules before. Older mail counts less.
 */
#ifndef MILTER_RULES_WATCH_H
#define MILTER_RULES_WATCH_H

#include <stdint.h>

#include "base/arena.h"

struct rules_watch_counts {
	uint64_t messages, tagged, dropped;
};

/* With fewer messages, nothing is concluded. */
#define RULES_WATCH_MESSAGES_MIN 30

/* One message was scored. Any thread; never waits long. */
void rules_watch_count(bool tagged, bool dropped);

/* What was counted before other rules went into force, or so far. Thread-safe. */
struct rules_watch_counts rules_watch_before(void);
/* Begins with that, at the start; nothing where it makes no sense. */
void rules_watch_set_before(const struct rules_watch_counts *counts);

enum rules_watch_state {
	RULES_WATCH_OFF,
	RULES_WATCH_ON,
	RULES_WATCH_ENDED, /* just now, without a jump */
	RULES_WATCH_JUMPED,
};

/* From now on, for so long, mail is compared with what came before. For one thread, as the rest. */
void rules_watch_begin(int64_t period_ms);
/* Where it has jumped or ended, that is told once, with a sentence. `jump` is in thousandths of a
 * percentage point. */
enum rules_watch_state rules_watch_look(struct arena *arena, int32_t jump, struct str *sentence_r);

/*
 * Is `part` of `after` certainly more, by more than `jump` points, than that of `before`? Each
 * share is taken at the far end of what chance allows (Wilson's interval), so little mail proves
 * nothing. Pure.
 */
bool rules_watch_jumped(uint64_t before_part, uint64_t before, uint64_t after_part, uint64_t after,
                        int32_t jump);

#endif
