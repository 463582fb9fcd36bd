/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a running filter, as it answers "status", for people. */
#ifndef CLI_STATUS_OUTPUT_H
#define CLI_STATUS_OUTPUT_H

#include <jansson.h>

#include "base/arena.h"

/* Lines that a terminal may be shown, in the arena; what isn't there is 0 or empty. */
struct str status_output_text(struct arena *arena, const json_t *status);

#endif
