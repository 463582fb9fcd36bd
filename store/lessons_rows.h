/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is read from a journal of lessons. Plain values.
 */
#ifndef STORE_LESSONS_ROWS_H
#define STORE_LESSONS_ROWS_H

#include "store/lesson_row.h"

/* The scope of the whole site; the others are domains and addresses, see lessons_scope.h. */
#define LESSONS_SITE ""
/* More bytes than the name of a scope has, with its NUL. */
#define LESSONS_SCOPE_SIZE 512

/* Where a row stands among those of its scope: by `major`, then by `minor`, from 1. */
struct lessons_position {
	uint64_t major, minor;
};

/* What is known of a scope without reading its rows. All zeros where there are none. */
struct lessons_state {
	uint64_t generation; /* another one when rows were taken out */
	uint64_t count[LEARN_LABELS];
	int64_t bytes; /* of features */
};

/* A row as it was found. */
struct lessons_found {
	struct lesson_row row;
	struct lessons_position at;
	bool damaged; /* its members are not what was written */
};
/* How many rows of a scope there are, and from when. */
struct lessons_counts {
	uint64_t by_source[LEARN_LABELS][LESSON_SOURCES];
	int64_t oldest_us, newest_us; /* when they were learned; 0: there are none */
};
/* What a scope may have: rows from a time on, and bytes of features (0: any number). */
struct lessons_limits {
	int64_t since_us;
	int64_t max_bytes;
};

#endif
