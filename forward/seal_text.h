/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How what is sealed stands in a header field: base64 that is folded anywhere, since white space in
 * it means nothing. Pure; thread-safe.
 */
#ifndef FORWARD_SEAL_TEXT_H
#define FORWARD_SEAL_TEXT_H

#include "base/arena.h"

/* Folded with "\n\t" at 78 columns, for a field of this name; in the arena. */
struct str seal_text_fold(struct arena *arena, const char *name, struct str text);
/* Without any white space, in the arena. */
struct str seal_text_unfold(struct arena *arena, struct str text);

#endif
