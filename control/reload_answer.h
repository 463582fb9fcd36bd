/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer to the request "reload": its result, in one line of JSON. Pure. */
#ifndef CONTROL_RELOAD_ANSWER_H
#define CONTROL_RELOAD_ANSWER_H

#include "control/reload_result.h"

/* A line with its end. */
struct str reload_answer_text(struct arena *arena, const struct reload_result *result);
/* Reads that; false with the reason, which is that of the other side where it refused. */
bool reload_answer_parse(struct arena *arena, struct str line, struct reload_result *result_r,
                         struct error *err_r);

#endif
