/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the facts of a message come together. Any thread; one message is used by one.
 */
#ifndef FACTS_FACTS_GATHER_H
#define FACTS_FACTS_GATHER_H

#include "facts/facts.h"

/*
 * Gathers all facts. Where the client is internal, SPF is that of the first host that isn't, by the
 * Received fields. Waits for those from the DNS until the deadline. Where the envelope has
 * neither a sender nor a client (a stored message), both and HELO are recovered from the headers.
 */
const struct facts *facts_gather(struct arena *arena, const struct facts_input *input,
                                 const struct facts_settings *settings);

#endif
