/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What strangers chose (senders, names, recipients), for the log: nothing in it can be taken for
 * another field of the line. Pure; the result is in `arena`.
 */
#ifndef MILTER_LOG_TEXT_H
#define MILTER_LOG_TEXT_H

#include "base/arena.h"

/*
 * An address or a name, one word: what isn't in ordinary ones (spaces, commas, quotes, angle
 * brackets, backslashes, and what no log may hold) as \ooo, and so the "=" after the name of a
 * field, as in "score=". Cut after `max` bytes of `text`.
 */
struct str log_text_word(struct arena *arena, struct str text, size_t max);
/* The same for a host name, in which brackets aren't ordinary either. */
struct str log_text_host(struct arena *arena, struct str text, size_t max);
/* A sentence that has such words in it: only the "=" changes. */
struct str log_text_sentence(struct arena *arena, struct str text, size_t max);

#endif
