/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One Received field. For relays.c. */
#ifndef FACTS_RECEIVED_H
#define FACTS_RECEIVED_H

#include "base/arena.h"
#include "facts/relay.h"

enum received_kind {
	RECEIVED_RELAY,   /* *relay_r is filled */
	RECEIVED_LOCAL,   /* no handover between hosts, or one without an address: passed over */
	RECEIVED_FETCHED, /* fetched from a mailbox by POP3 or IMAP: what is above does not count */
	RECEIVED_UNREADABLE,
};

/* `value` is the unfolded field. `trusted` and `internal` of the relay are left false. */
enum received_kind received_parse(struct arena *arena, struct str value, struct relay *relay_r);

/*
 * A field such as X-Originating-IP, in which some web mail says where its user was: a relay with an
 * address only. False where there is none in it.
 */
bool received_parse_origin(struct arena *arena, struct str value, struct relay *relay_r);

/* Replaces what must not stand in a relay's texts. */
struct str received_clean(struct arena *arena, struct str text);

#endif
