/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An error at start or reload: one sentence "file:line:column: what, and what to do"; problems.h
 * has all of them at once. It is not for what is wrong with mail, which is in fields of a message.
 * Functions that can fail take `struct error *err_r` last and return false.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/str.h"

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

#endif
