/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Case folding of local parts (RFC 6531). Postfix folds all of Unicode where SMTPUTF8 is on, and
 * ASCII alone where it is off, as Sendmail always does; so what is folded beyond ASCII is known
 * not to be sure. Pure; thread-safe.
 */
#ifndef FORWARD_FOLD_H
#define FORWARD_FOLD_H

#include "base/arena.h"

/*
 * The text in lower case: all of ASCII, and the letters of Latin-1, Greek and Cyrillic. *sure_r is
 * false where it has a character that an MTA may fold in another way.
 */
struct str fold_case(struct arena *arena, struct str text, bool *sure_r);

#endif
