/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The addresses from which forwarded mail leaves, one by one. For building a policy.
 */
#ifndef SCORING_OUTGOING_H
#define SCORING_OUTGOING_H

#include "scoring/settings.h"

/* More outgoing addresses than this are refused in the configuration. */
#define OUTGOING_ADDRESSES_MAX 16

/*
 * The addresses in srs_outgoing_addresses, as text; false with a problem where they are more than
 * OUTGOING_ADDRESSES_MAX.
 */
bool outgoing_addresses(struct arena *arena, const struct settings *settings,
                        struct str_list *addresses_r, struct problems *problems);

#endif
