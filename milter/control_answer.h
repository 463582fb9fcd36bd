/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the requests on the control socket do. For the server's thread; nothing here blocks. */
#ifndef MILTER_CONTROL_ANSWER_H
#define MILTER_CONTROL_ANSWER_H

#include <sys/socket.h>

#include "control/control_request.h"
#include "milter/service.h"

struct reload_ask;
struct link_ask;

/* One request that is being answered; zeroed at first. */
struct control_answer {
	enum control_command command;
	struct reload_ask *reload;
	struct link_ask *act;
};

/* `service` is used by all that follow. */
void control_answer_init(const struct service *service);

/* Begins what is asked; what changes something is logged, with who asked for it. */
void control_answer_begin(struct control_answer *answer, const struct control_request *request,
                          const struct ucred *who);
/* Whether it is done: then the line to be answered, in the arena. */
bool control_answer_ready(struct control_answer *answer, struct arena *arena, struct str *text_r);
/* What is left of it is freed, whether it is done or not. */
void control_answer_abandon(struct control_answer *answer);

#endif
