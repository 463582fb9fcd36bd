/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of a reload as a JSON object, for the files of this folder. Pure. */
#ifndef CONTROL_RELOAD_JSON_H
#define CONTROL_RELOAD_JSON_H

#include <jansson.h>

#include "control/reload_result.h"

/* The caller's. */
json_t *reload_json(struct arena *arena, const struct reload_result *result);
/* Reads one into the arena; false where it is none. */
bool reload_json_read(struct arena *arena, const json_t *object, struct reload_result *result_r);

#endif
