/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `assay score` prints of one message, in each of its formats. Pure; in the given arena. */
#ifndef CLI_SCORE_OUTPUT_H
#define CLI_SCORE_OUTPUT_H

#include "scoring/assay.h"

enum score_format {
	SCORE_FORMAT_TEXT,    /* for people: each rule with its points, meaning and matched text */
	SCORE_FORMAT_JSON,    /* one object per line */
	SCORE_FORMAT_MESSAGE, /* the message as the MTA would have delivered it */
};

/* The whole output of one message, its last line end included. `raw` is the message as read. */
struct str score_output(struct arena *arena, enum score_format format, const char *name,
                        const struct assay *assay, struct str raw);

#endif
