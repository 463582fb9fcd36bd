/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/json_line.h"

#include "base/strbuf.h"
#include "base/utf8.h"

/* So that seconds keep their microseconds, and none of the noise beyond. */
#define REAL_DIGITS 12

void json_line_set(struct arena *arena, json_t *object, const char *key, struct str text)
{
	text = utf8_repair(arena, text);
	json_object_set_new(object, key,
	                    json_stringn(text.data != NULL ? text.data : "", text.len));
}

void json_line_set_number(json_t *object, const char *key, int64_t number)
{
	json_object_set_new(object, key, json_integer(number));
}

static int add(const char *data, size_t len, void *context)
{
	strbuf_add(context, (struct str){ data, len });
	return 0;
}

struct str json_line_take(struct arena *arena, json_t *object)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	json_dump_callback(object, add, &buf, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
	strbuf_add_char(&buf, '\n');
	json_decref(object);
	return strbuf_str(&buf);
}
