/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/reload_answer.h"

#include "control/json_line.h"
#include "control/reload_json.h"

struct str reload_answer_text(struct arena *arena, const struct reload_result *result)
{
	return json_line_take(arena, reload_json(arena, result));
}

bool reload_answer_parse(struct arena *arena, struct str line, struct reload_result *result_r,
                         struct error *err_r)
{
	json_t *object = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *refusal = json_object_get(object, "error");
	bool ok = false;

	if (json_is_string(refusal))
		error_set(err_r, "%s", json_string_value(refusal));
	else if (!reload_json_read(arena, object, result_r))
		error_set(err_r, "the answer is no assayd's");
	else
		ok = true;
	json_decref(object);
	return ok;
}
