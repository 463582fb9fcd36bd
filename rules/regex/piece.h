/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of a piece of a pattern while literal.c reads it: all texts that it can match, in
 * lower case, or nothing; and texts of which one must occur. Pure; in the arena that is passed.
 */
#ifndef RULES_REGEX_PIECE_H
#define RULES_REGEX_PIECE_H

#include "base/vec.h"

/* Texts that are kept as exact, and bytes of one. */
#define PIECE_TEXTS_MAX 24
#define PIECE_TEXT_MAX  24

struct piece {
	bool is_exact;
	struct str_list exact; /* all that it can match */
	bool has_best;
	struct str_list best; /* one of these occurs */
};

/* Exactly this text. */
struct piece piece_of_text(struct arena *arena, struct str text);
struct piece piece_of_anything(void);
/* The list of the empty text alone. */
struct str_list piece_only_empty(struct arena *arena);
/* Takes the set as `best` where it is long and rare enough, and better. */
void piece_consider(struct piece *piece, const struct str_list *set);
/* Every text of `a` with every text of `b` after it; false where that is too much. */
bool piece_multiply(struct arena *arena, const struct str_list *a, const struct str_list *b,
                    struct str_list *product_r);
/* What can be left out: its texts, or nothing, while both are exact. `once`: is not repeated. */
struct piece piece_optional(struct arena *arena, const struct piece *atom, bool once);
/* What is known whichever of two alternatives matches; both may change. */
struct piece piece_either(struct arena *arena, struct piece *a, struct piece *b);

#endif
