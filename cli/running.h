/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter that runs, for the commands that ask it over its control socket. One thread. */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "control/control_client.h"

/* Where it is: by the configuration at `path` (NULL: the usual one), of which nothing but the key
 * `control` has to be right; empty where that says none. In the arena. */
struct str running_address(struct arena *arena, const char *path);

/* Asks it, as control_client_ask(); an empty address is one where nobody is. */
enum control_reach running_ask(struct arena *arena, struct str address,
                               const struct control_request *request, struct deadline deadline,
                               struct str *answer_r, struct error *err_r);

#endif
