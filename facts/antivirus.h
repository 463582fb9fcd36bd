/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks a scanner of viruses (clamd) about messages. Where it doesn't answer as it should, that is
 * the result, the log says it once when it begins and once when it is over, and one that is dead
 * isn't asked for a while, so that it delays no mail. A failure of one message alone (too large,
 * too slow to scan) doesn't make it dead: otherwise a stranger could switch it off. Thread-safe; a
 * scan is used by one thread at a time.
 */
#ifndef FACTS_ANTIVIRUS_H
#define FACTS_ANTIVIRUS_H

#include "facts/antivirus_result.h"
#include "facts/clamd.h"

/* Part of a policy. */
struct antivirus_settings {
	struct clamd_address address;
	int64_t timeout_ms; /* how long a message waits for it */
};

struct antivirus_scan;

/* Sends the message, as far as that needs no waiting; the text must stay until the end. In the
 * arena; never NULL. antivirus_finish() has to follow. */
struct antivirus_scan *antivirus_begin(struct arena *arena,
                                       const struct antivirus_settings *settings, struct str text);
/* Is nothing left to wait for? */
bool antivirus_is_done(struct antivirus_scan *scan);
/* Waits for the result, as long as the settings say and until the deadline at most. */
const struct antivirus_result *antivirus_finish(struct antivirus_scan *scan,
                                                struct deadline deadline);

/* What became of this process' messages. */
struct antivirus_counts {
	uint64_t scans[ANTIVIRUS_STATE_COUNT];
	int64_t waited_us; /* all messages together, for their results */
	bool dead;         /* it isn't asked now */
};
void antivirus_count(struct antivirus_counts *counts_r);

#endif
