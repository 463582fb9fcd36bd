/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What clamd answers to zINSTREAM (clamd(8)): "stream: OK", "stream: NAME FOUND", or a text that
 * ends with ERROR, and a NUL. Whoever answers there may be anybody, so nothing else is believed.
 * Pure.
 */
#ifndef FACTS_CLAMD_REPLY_H
#define FACTS_CLAMD_REPLY_H

#include <stdbool.h>

#include "base/arena.h"

enum clamd_outcome {
	CLAMD_PARTIAL,  /* more has to come */
	CLAMD_CLEAN,    /* nothing found */
	CLAMD_FOUND,    /* `text` is the signature's name */
	CLAMD_ERROR,    /* `text` is what clamd says */
	CLAMD_NONSENSE, /* no clamd answers that */
};

/* No answer is longer, with its NUL: bytes. */
#define CLAMD_REPLY_MAX 1024
/* Names of signatures are cut here. */
#define CLAMD_NAME_MAX 128

struct clamd_reply {
	enum clamd_outcome outcome;
	struct str text; /* printable ASCII; of a name, without blanks; in the arena */
};

/* Reads what has come so far; `ended`: nothing more will. */
struct clamd_reply clamd_reply_read(struct arena *arena, struct str bytes, bool ended);

#endif
