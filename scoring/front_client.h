/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who gave the front a message that is now on the hop without a seal. Pure. */
#ifndef SCORING_FRONT_CLIENT_H
#define SCORING_FRONT_CLIENT_H

#include "facts/relay.h"
#include "facts/relays.h"
#include "message/header.h"

/*
 * As when the filter was down while the front had the mail: the first relay, if that was read from
 * the Received field that our MTA, known as `host`, put on top. NULL: not known, since that field
 * can't be read.
 */
const struct relay *front_client_find(const struct header_list *headers, struct str host,
                                      const struct relay_list *relays);

#endif
