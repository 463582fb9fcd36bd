/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of a message, in one word, for the log and for counting. Pure. */
#ifndef MILTER_ACTION_NAME_H
#define MILTER_ACTION_NAME_H

#include "scoring/assay.h"

enum action_kind {
	ACTION_PASS,
	ACTION_TAG,
	ACTION_DISCARD,
	ACTION_PARTIAL,
	ACTION_PARTIAL_TAG,
	ACTION_SKIP,     /* not scanned, as the settings say */
	ACTION_REJECT,   /* it is infected, and the settings say so */
	ACTION_TEMPFAIL, /* the MTA is to send it again later */
	ACTION_COUNT,
};

/* "pass", "tag", "discard", … */
const char *action_name(enum action_kind kind);
enum action_kind action_name_kind(const struct assay *assay);

#endif
