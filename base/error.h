/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trouble at start or reload: one sentence "file:line:column: what, and what to do" (struct error),
 * or all of them at once (struct problems). Nothing here is for the facts of mail life, which are
 * fields of a message. Functions that can fail take `struct error *err_r` last and return false.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/vec.h"

struct error {
	char text[512];
};

/* Writes the sentence (cut at the size of the text) and returns false, always. */
bool error_set(struct error *err_r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where something was written; line and column count from 1, 0 means "not known". */
struct source_position {
	const char *file;
	unsigned line;
	unsigned column;
};

enum problem_severity {
	PROBLEM_WARNING, /* it works, though perhaps not as meant */
	PROBLEM_MISTAKE, /* what is wrong was left out; a daemon starts with the rest, but keeps
	                    what it has where a reload meets it */
	PROBLEM_ERROR,   /* the whole must not be used */
};

struct problem {
	enum problem_severity severity;
	struct str text; /* "file:line:column: what; what to do" */
};

/* A list of problems in an arena, in the order in which they were found. */
struct problems {
	struct arena *arena;
	struct problem *items;
	size_t len;
	size_t cap;
	size_t mistakes; /* how many of them are PROBLEM_MISTAKE */
	size_t errors;   /* how many of them are PROBLEM_ERROR */
};

void problems_init(struct problems *problems, struct arena *arena);
/* Appends "file:line:column: " and the sentence; returns false, always. */
bool problems_add(struct problems *problems, enum problem_severity severity,
                  const struct source_position *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
