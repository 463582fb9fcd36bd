/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rule files say about how much text is looked at. Pure. */
#ifndef SCORING_SCAN_SIZES_H
#define SCORING_SCAN_SIZES_H

#include "message/message_limits.h"
#include "rules/model/site.h"

/* Changes the limits that rule files name. */
void scan_sizes_adopt(const struct site *site, struct message_limits *limits);

/* What is looked at of a message: all of it or, where it isn't scanned, its header. */
struct str scan_sizes_read(struct str raw, bool scanned);

#endif
