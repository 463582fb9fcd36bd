/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of messages in JSON, with invalid UTF-8 replaced. Nothing can fail; thread-safe. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <jansson.h>

#include "base/arena.h"

json_t *json_text(struct arena *arena, struct str text);
void json_text_set(struct arena *arena, json_t *object, const char *key, struct str text);

#endif
