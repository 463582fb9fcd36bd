/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a filter as JSON, which is the answer to the request "status". Pure. */
#ifndef CONTROL_STATUS_JSON_H
#define CONTROL_STATUS_JSON_H

#include "control/status.h"

/* One line with its end. */
struct str status_json_text(struct arena *arena, const struct status *status);

#endif
