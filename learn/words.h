/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of a text in any language, hashed: lower case, without characters that can't be seen,
 * letters that only look different as plain ones. What is written without spaces, as Chinese,
 * gives its pairs of characters. The text is UTF-8; other bytes end a word.
 */
#ifndef LEARN_WORDS_H
#define LEARN_WORDS_H

#include "base/vec.h"
#include "learn/learn_key.h"

struct word {
	uint64_t hash;
	struct str text; /* as written; a slice of the text */
};

struct word_list {
	vec_members(struct word);
};

/* Appends the words of the text, until the list has `max`. */
void words_split(struct arena *arena, const struct learn_key *key, struct str text, size_t max,
                 struct word_list *words);

#endif
