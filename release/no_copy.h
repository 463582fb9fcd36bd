/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why there is no copy of what was dropped, as far as its record tells. Pure. */
#ifndef RELEASE_NO_COPY_H
#define RELEASE_NO_COPY_H

#include <stdint.h>

#include "store/record.h"

/* A sentence without its end; NULL where a copy was to be kept. A message has at most
 * max_message_size bytes in memory, and part of one is nothing to send on. */
const char *no_copy_reason(const struct record *record, int64_t max_message_size);

#endif
