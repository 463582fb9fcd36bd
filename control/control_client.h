/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks a running filter over its control socket. Blocks until the deadline; one thread. */
#ifndef CONTROL_CONTROL_CLIENT_H
#define CONTROL_CONTROL_CLIENT_H

#include "base/deadline.h"
#include "control/control_request.h"

enum control_reach {
	CONTROL_ANSWERED,
	CONTROL_NOT_THERE, /* nobody listens: the filter is down, or it has no control socket */
	CONTROL_NOT_ALLOWED,
	CONTROL_NO_ANSWER, /* it was reached and said nothing, or not in time */
};

/*
 * Sends a request to the address ("unix:/path", as the key `control` has it), with the message
 * that belongs to it, and gives the line
 * that is answered, without its end, in the arena. Otherwise why not, with what to do about it.
 */
enum control_reach control_client_ask(struct arena *arena, struct str address,
                                      const struct control_request *request,
                                      struct deadline deadline, struct str *answer_r,
                                      struct error *err_r);

#endif
