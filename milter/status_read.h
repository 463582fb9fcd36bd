/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of this process, for those who look at it from outside. */
#ifndef MILTER_STATUS_READ_H
#define MILTER_STATUS_READ_H

#include "control/status.h"
#include "milter/service.h"

/* Reads it into the arena. Waits for nothing but locks that are held for moments. Thread-safe. */
void status_read(const struct service *service, struct arena *arena, struct status *status_r);

#endif
