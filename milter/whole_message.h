/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether what an MTA has sent of a message needs no more before there is something to be done. */
#ifndef MILTER_WHOLE_MESSAGE_H
#define MILTER_WHOLE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/negotiation.h"

/*
 * `data` begins with a packet of the message: false as long as all that is there, and is whole, are
 * steps before the end of the message that get no answer by what was agreed. What is malformed is
 * something to be done. `*seen`, 0 at first, is how far it was looked at: what is called again with
 * more of the same goes on there. A pure function.
 */
bool whole_message_is_here(const char *data, size_t len, const struct negotiation *agreed,
                           size_t *seen);

#endif
