/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SRS as a look-up table for Postfix, socketmap_table(5): the request, "forward ADDRESS" or
 * "reverse ADDRESS", and the answer. As with PostSRSd, whatever is to stay as it is, is not found.
 * A pure function; thread-safe.
 */
#ifndef FORWARD_SRS_LOOKUP_H
#define FORWARD_SRS_LOOKUP_H

#include "forward/forward.h"
#include "forward/srs.h"

/* Longest request and answer, bytes. */
#define SRS_LOOKUP_MAX 1024

/*
 * "OK ADDRESS", "NOTFOUND reason", "PERM reason", or "TEMP reason" where Postfix has to ask again.
 * Forward finds nothing for <>, senders of ours or in excluded domains, and what is rewritten
 * already; reverse finds nothing for what is forged, too old, or no SRS address of ours: to answer
 * PERM would make Postfix defer such mail for days and bounce it then, while a recipient that is
 * not found is refused at RCPT.
 */
struct str srs_lookup(struct arena *arena, const struct srs_settings *settings,
                      const struct forward_maps *maps, struct str request, int64_t now);

#endif
