/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_text.h"

#include "base/utf8.h"

json_t *json_text(struct arena *arena, struct str text)
{
	struct str valid = utf8_repair(arena, text);

	return json_stringn_nocheck(valid.data, valid.len);
}

void json_text_set(struct arena *arena, json_t *object, const char *key, struct str text)
{
	json_object_set_new(object, key, json_text(arena, text));
}
