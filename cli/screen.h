/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown on a terminal again and again, from its top, by a command that watches. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdio.h>

#include "base/arena.h"

struct screen_size {
	unsigned rows;    /* 0: not known */
	unsigned columns; /* 0: not known */
};

/* That of the terminal as it is now. */
struct screen_size screen_size(FILE *terminal);

/*
 * The text's beginning, so much as fits with a row to spare for the cursor; lines that are longer
 * than a row take several. Where it doesn't fit, the last row says how many lines are missing. The
 * text has to be in valid UTF-8, without control characters. In the arena; pure.
 */
struct str screen_fit(struct arena *arena, struct str text, struct screen_size size);

/* Shows it in the place of all that was there. */
void screen_show(FILE *terminal, struct arena *arena, struct str text);

#endif
