/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON as one line of a conversation, for the files of this folder. Nothing fails; thread-safe. */
#ifndef CONTROL_JSON_LINE_H
#define CONTROL_JSON_LINE_H

#include <jansson.h>

#include "base/arena.h"

/* Sets a member to a text, whose invalid UTF-8 is replaced. */
void json_line_set(struct arena *arena, json_t *object, const char *key, struct str text);
void json_line_set_number(json_t *object, const char *key, int64_t number);

/* The object as a line with its end, in the arena; the object is freed. */
struct str json_line_take(struct arena *arena, json_t *object);

#endif
