/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Patterns that a fuzzer's bytes choose, piece by piece, each with a text that it is likely to
 * match. For targets only.
 */
#ifndef TESTS_FUZZ_PATTERN_MAKER_H
#define TESTS_FUZZ_PATTERN_MAKER_H

#include "base/strbuf.h"

struct pattern_maker {
	struct str bytes;      /* that are left */
	struct strbuf pattern; /* the last one, without delimiters */
	struct strbuf sample;  /* what it may match */
	unsigned depth;
};

/* What is made is in the arena. */
void pattern_maker_init(struct pattern_maker *m, struct arena *arena, struct str bytes);
/* The next byte; 0 where none is left. */
unsigned pattern_maker_next(struct pattern_maker *m);
/* A pattern in place of the last one. */
void pattern_maker_make(struct pattern_maker *m);

#endif
