/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody did about a message that was scored. A plain value. */
#ifndef STORE_ACT_H
#define STORE_ACT_H

#include "base/error.h"
#include "base/vec.h"

struct act {
	struct str scan_id;
	struct str recipient; /* compared without case */
	struct str verb;      /* a word, such as "release" */
	struct str by;        /* who did it */
	int64_t begun_us;     /* microseconds since 1970 */
	int64_t done_us;      /* 0: it was begun, and nobody knows how it ended */
};
struct act_list {
	vec_members(struct act);
};

/* Acts are forgotten after this. */
#define ACTS_KEEP_S (400 * 86400)

#endif
