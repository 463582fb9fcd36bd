/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tags of SpamAssassin's templates, _SCORE_, _TESTS(,)_ …, in texts of rule files that go into
 * messages. Pure; unknown tags stay as they are.
 */
#ifndef SCORING_TAGS_H
#define SCORING_TAGS_H

#include "scoring/report_input.h"

/* The text with its tags replaced, for the reader of this message. Bytes of the message may be in
 * it: see header_encode_words(). */
struct str tags_expand(struct arena *arena, const struct report_input *input, struct str text);
/* One "*" a point, at most 50. */
struct str tags_stars(struct arena *arena, int32_t score, char star);

#endif
