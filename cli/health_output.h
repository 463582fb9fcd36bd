/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `assay health` prints. */
#ifndef CLI_HEALTH_OUTPUT_H
#define CLI_HEALTH_OUTPUT_H

#include "health/health.h"

/* On stdout: a table, or one JSON object. */
void health_output_print(const struct health *health, bool json);

#endif
