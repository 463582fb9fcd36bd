/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is true of a message: its text, its envelope, the relays that it came through, and what
 * DNS says of the sender. Rules see nothing else. Immutable, in the message's arena.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include "base/deadline.h"
#include "facts/networks.h"
#include "facts/relays.h"
#include "message/envelope.h"
#include "message/message.h"

struct spf_result;

struct facts {
	const struct message *message;
	const struct envelope *envelope; /* as given, or recovered from the message's headers */
	const struct relay_list *relays; /* newest first; item 0 is the SMTP connection */
	bool client_trusted; /* the connecting client is in trusted_networks */
	/* NULL where SPF was not asked for: a trusted or authenticated client, no network tests. */
	const struct spf_result *spf;
};

/* What the settings say about facts; owned by the policy. */
struct facts_settings {
	const struct network_list *trusted_networks;
	const struct network_list *internal_networks; /* NULL: the same as trusted */
	bool network_tests;
};

/*
 * Gathers all facts. `headers` are the message's own, without the Received field that the milter
 * puts in front for the connection that `envelope` tells of. Where the envelope has neither a
 * sender nor a client (a stored message), both and HELO are recovered from the headers.
 */
const struct facts *facts_gather(struct arena *arena, const struct message *message,
                                 const struct header_list *headers, const struct envelope *envelope,
                                 const struct facts_settings *settings);

#endif
