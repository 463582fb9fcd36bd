/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why what was learned speaks for spam, or against it, in a reader's words. Pure. */
#ifndef SCORING_LEARNED_WORDS_H
#define SCORING_LEARNED_WORDS_H

#include "learn/learned.h"

/* "the words “pills”, “cheap”; a link with “shop.example”": what weighed most for spam, or against
 * it. Empty where nothing did. Printable UTF-8, whatever the message holds. */
struct str learned_words(struct arena *arena, const struct learned *learned, bool for_spam);

/* Sentences: the probability, then what weighed most for spam, and against it. None where nothing
 * was learned. */
void learned_sentences(struct arena *arena, const struct learned *learned,
                       struct str_list *sentences);

#endif
