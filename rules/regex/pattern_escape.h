/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a backslash in a pattern stands for, where that is one byte. Pure. */
#ifndef RULES_REGEX_PATTERN_ESCAPE_H
#define RULES_REGEX_PATTERN_ESCAPE_H

#include "base/str.h"
#include "rules/regex/byte_set.h"

struct pattern_escape {
	struct byte_set set; /* one of these bytes */
	int byte;            /* the byte that is the whole set; -1 for the likes of \d */
	bool any;            /* which ones isn't known: a Unicode property */
};

/*
 * Reads what follows the backslash. False for what isn't understood, or is no byte: references,
 * assertions, \R, \X, \Q and \E.
 */
bool pattern_escape_read(struct str *rest, bool in_class, struct pattern_escape *escape_r);

#endif
