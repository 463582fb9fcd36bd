/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a message a rule matched, as a person reads it: decoded, without markup and control
 * characters, and not more than fits on a line. Pure; in the arena.
 */
#ifndef SCORING_MATCHED_TEXT_H
#define SCORING_MATCHED_TEXT_H

#include "base/arena.h"

/* Characters; what is longer ends with "…", and no character is cut. */
#define MATCHED_TEXT_MAX 60

/*
 * A readable text, or empty where nothing of it is to be read, as of base64 or of Received fields.
 * Of markup that is nothing but a link or picture, its address; of a relay, its name and address.
 */
struct str matched_text(struct arena *arena, struct str matched);

#endif
