/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/piece.h"

#include <string.h>

#include "rules/regex/literal_limits.h"

struct piece piece_of_text(struct arena *arena, struct str text)
{
	struct piece piece = { .is_exact = true };

	vec_push(arena, &piece.exact, text);
	return piece;
}

struct piece piece_of_anything(void)
{
	return (struct piece){ 0 };
}

static size_t min_len(const struct str_list *set)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < set->len; i++)
		least = set->items[i].len < least ? set->items[i].len : least;
	return least;
}

/* Longer is rarer, up to a point; then fewer are better. */
static bool is_better(const struct str_list *a, const struct str_list *b)
{
	size_t x = min_len(a), y = min_len(b);

	x = x > 8 ? 8 : x;
	y = y > 8 ? 8 : y;
	return x != y ? x > y : a->len < b->len;
}

void piece_consider(struct piece *piece, const struct str_list *set)
{
	if (set->len == 0 || set->len > LITERAL_MAX_COUNT || min_len(set) < LITERAL_MIN_LEN)
		return;
	if (piece->has_best && !is_better(set, &piece->best))
		return;
	piece->best = *set;
	piece->has_best = true;
}

bool piece_multiply(struct arena *arena, const struct str_list *a, const struct str_list *b,
                    struct str_list *product_r)
{
	struct str_list product = { 0 };

	if (a->len * b->len > PIECE_TEXTS_MAX)
		return false;
	for (size_t i = 0; i < a->len; i++) {
		for (size_t j = 0; j < b->len; j++) {
			struct str x = a->items[i], y = b->items[j], text = x.len > 0 ? x : y;

			if (x.len + y.len > PIECE_TEXT_MAX)
				return false;
			if (x.len > 0 && y.len > 0) {
				char *joined = arena_alloc(arena, x.len + y.len);

				memcpy(joined, x.data, x.len);
				memcpy(joined + x.len, y.data, y.len);
				text = (struct str){ joined, x.len + y.len };
			}
			vec_push(arena, &product, text);
		}
	}
	*product_r = product;
	return true;
}

struct str_list piece_only_empty(struct arena *arena)
{
	return piece_of_text(arena, STR("")).exact;
}

struct piece piece_optional(struct arena *arena, const struct piece *atom, bool once)
{
	struct piece piece = { .is_exact = true };

	if (!once || !atom->is_exact || atom->exact.len >= PIECE_TEXTS_MAX)
		return piece_of_anything();
	vec_push(arena, &piece.exact, STR(""));
	for (size_t i = 0; i < atom->exact.len; i++)
		vec_push(arena, &piece.exact, atom->exact.items[i]);
	return piece;
}

static void merge(struct arena *arena, struct str_list *all, const struct str_list *more)
{
	for (size_t i = 0; i < more->len; i++)
		vec_push(arena, all, more->items[i]);
}

struct piece piece_either(struct arena *arena, struct piece *a, struct piece *b)
{
	struct piece piece = { 0 };

	if (a->is_exact && b->is_exact && a->exact.len + b->exact.len <= PIECE_TEXTS_MAX) {
		piece.is_exact = true;
		merge(arena, &piece.exact, &a->exact);
		merge(arena, &piece.exact, &b->exact);
		return piece;
	}
	if (a->is_exact)
		piece_consider(a, &a->exact);
	if (b->is_exact)
		piece_consider(b, &b->exact);
	if (a->has_best && b->has_best && a->best.len + b->best.len <= LITERAL_MAX_COUNT) {
		piece.has_best = true;
		merge(arena, &piece.best, &a->best);
		merge(arena, &piece.best, &b->best);
	}
	return piece;
}
