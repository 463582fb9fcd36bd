/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a filter as metrics, in Prometheus' text format (version 0.0.4). Pure. */
#ifndef CONTROL_METRICS_TEXT_H
#define CONTROL_METRICS_TEXT_H

#include "control/status.h"

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* In the arena. */
struct str metrics_text(struct arena *arena, const struct status *status);

#endif
