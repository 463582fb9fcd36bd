/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mail that was packed away: gzip (RFC 1952) and Zstandard (RFC 8878). Pure; thread-safe.
 */
#ifndef CLI_COMPRESSED_H
#define CLI_COMPRESSED_H

#include "base/arena.h"
#include "base/error.h"

/* What one file may expand to, in bytes. */
#define COMPRESSED_MAX (256u << 20)

/* Does the text begin as one of these formats does? */
bool compressed_is(struct str text);

/*
 * Expands all members or frames of the text. False with the reason (without the name of a file)
 * where it is in neither format, cut short, damaged, or expands to more than `max` bytes.
 */
bool compressed_expand(struct arena *arena, struct str text, size_t max, struct str *text_r,
                       struct error *err_r);

#endif
