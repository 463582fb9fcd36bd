/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/control_answer.h"

#include "base/log.h"
#include "control/reload_answer.h"
#include "control/status_json.h"
#include "milter/link_asks.h"
#include "milter/reload.h"
#include "milter/reload_asks.h"
#include "milter/status_read.h"

static const struct service *service;

void control_answer_init(const struct service *shared)
{
	service = shared;
}

void control_answer_begin(struct control_answer *answer, const struct control_request *request,
                          const struct ucred *who)
{
	*answer = (struct control_answer){ .command = request->command };
	if (request->command == CONTROL_ACT)
		answer->act = link_asks_add(request->link, request->message);
	if (request->command != CONTROL_RELOAD)
		return;
	log_info(NULL, "control: user id %u, pid %d, asks for a reload%s", (unsigned)who->uid,
	         (int)who->pid, request->force ? " (--force)" : "");
	answer->reload = reload_ask(request->force);
}

bool control_answer_ready(struct control_answer *answer, struct arena *arena, struct str *text_r)
{
	struct reload_result result;
	struct act_answer act;
	struct status status;

	switch (answer->command) {
	case CONTROL_STATUS:
		status_read(service, arena, &status);
		*text_r = status_json_text(arena, &status);
		return true;
	case CONTROL_RELOAD:
		if (!reload_asks_done(answer->reload, arena, &result))
			return false;
		*text_r = reload_answer_text(arena, &result);
		return true;
	case CONTROL_ACT:
		if (answer->act == NULL)
			*text_r = control_request_refusal(arena, "too many links wait");
		else if (!link_asks_done(answer->act, arena, &act))
			return false;
		else
			*text_r = act_answer_text(arena, &act);
		return true;
	}
	return false;
}

void control_answer_abandon(struct control_answer *answer)
{
	reload_asks_drop(answer->reload);
	answer->reload = NULL;
	link_asks_drop(answer->act);
	answer->act = NULL;
}
