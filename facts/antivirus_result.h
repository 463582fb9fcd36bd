/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scanner of viruses says of a message, as a plain value. */
#ifndef FACTS_ANTIVIRUS_RESULT_H
#define FACTS_ANTIVIRUS_RESULT_H

#include "base/str.h"

enum antivirus_state {
	ANTIVIRUS_CLEAN,
	ANTIVIRUS_INFECTED, /* `signature` is what was found */
	/* Not known, for one of these reasons: */
	ANTIVIRUS_AWAY,     /* nobody takes the connection, or it ends without an answer */
	ANTIVIRUS_SLOW,     /* there was no answer in time */
	ANTIVIRUS_ERROR,    /* it could not scan the message, as one that is too large */
	ANTIVIRUS_NONSENSE, /* what came is no answer */
	ANTIVIRUS_PAUSED,   /* it was found dead, so it isn't asked for a while */
};
#define ANTIVIRUS_STATE_COUNT 7

struct antivirus_result {
	enum antivirus_state state;
	struct str signature; /* a word of printable ASCII without blanks */
	struct str why;       /* where it isn't known: the end of a sentence, in printable ASCII */
};

/* "clean", "infected", "away", … */
const char *antivirus_state_name(enum antivirus_state state);
/* Is it known whether the message is infected? */
bool antivirus_is_known(const struct antivirus_result *result);

#endif
