/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answer to a link that somebody opened and confirmed: {"done": true, "text": "a sentence"}.
 * Pure; in the arena.
 */
#ifndef CONTROL_ACT_ANSWER_H
#define CONTROL_ACT_ANSWER_H

#include "base/arena.h"

struct act_answer {
	bool done;       /* what the link is for was done, now */
	struct str text; /* what was done, or why not: a sentence without full stop */
};

/* The line, with its end. */
struct str act_answer_text(struct arena *arena, const struct act_answer *answer);
#endif
