/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the facts of a message come together. Any thread; one message is used by one.
 */
#ifndef FACTS_FACTS_GATHER_H
#define FACTS_FACTS_GATHER_H

#include "facts/facts.h"

/* Facts of which those from the DNS may be on their way. */
struct gathering {
	struct facts *facts; /* without those from the DNS until facts_finish() */
	/* private */
	struct check_context *context;
	struct checks *checks;
};

/*
 * Begins to gather: asks for what is to be known of the DNS, and never blocks. Where the client is
 * internal, SPF is that of the first host that isn't, by the Received fields. Where the envelope
 * has neither a sender nor a client (a stored message), both and HELO are recovered from the
 * headers. facts_finish() has to follow. `input` must stay until then.
 */
struct gathering *facts_begin(struct arena *arena, const struct facts_input *input,
                              const struct facts_settings *settings);
/* Is there nothing to wait for? */
bool facts_are_there(const struct gathering *gathering);
/* Waits for what is missing until the deadline; the facts are immutable after this. */
const struct facts *facts_finish(struct gathering *gathering, struct deadline deadline);
/* Both, with what there is of the time of `input` for waiting. */
const struct facts *facts_gather(struct arena *arena, const struct facts_input *input,
                                 const struct facts_settings *settings);

#endif
