/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How models of what was learned are to be kept in memory. A plain value. */
#ifndef STORE_LESSONS_CACHE_SETTINGS_H
#define STORE_LESSONS_CACHE_SETTINGS_H

#include "base/str.h"

struct lessons_cache_settings {
	const char *place;     /* of the journal; must stay */
	struct str delimiters; /* of extensions of addresses; must stay */
	int64_t keep_ms;       /* how long lessons are kept */
	int64_t max_bytes;     /* what a scope may have of them */
	int64_t memory;        /* bytes of all models */
	unsigned bits;         /* a model has 2^bits weights */
	/* For a command: only reads, loads each model when it is first asked for, and waits for it;
	 * what is learned later is not seen. */
	bool once;
};

#endif
