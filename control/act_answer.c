/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/act_answer.h"

#include <jansson.h>

#include "control/json_line.h"

struct str act_answer_text(struct arena *arena, const struct act_answer *answer)
{
	json_t *object = json_object();

	json_object_set_new(object, "done", json_boolean(answer->done));
	json_line_set(arena, object, "text", answer->text);
	return json_line_take(arena, object);
}
