/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the message's readers get to see: header edits, as data. The milter asks the MTA for them,
 * `assay score --message` applies them to the text itself. In the message's arena.
 */
#ifndef SCORING_REPORT_H
#define SCORING_REPORT_H

#include "base/vec.h"

enum header_edit_kind {
	HEADER_DELETE, /* occurrence `index` (from 1) of `name` */
	HEADER_CHANGE, /* occurrence `index` (from 1) of `name` gets `value` */
	HEADER_INSERT, /* a new one at the top of all */
	HEADER_APPEND, /* a new one at the end */
};

struct header_edit {
	enum header_edit_kind kind;
	struct str name;
	unsigned index;
	struct str value; /* folds are "\n\t" or "\n "; without the final line end */
};

/*
 * The edits in the order in which they are to be applied: deletions from the last occurrence to
 * the first, then changes, then insertions (the last one ends up on top).
 */
struct report {
	struct header_edit *items;
	size_t len;
	size_t cap;
};

#endif
