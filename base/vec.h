/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A growing array of one type whose memory is an arena's:
 *	vec_of(struct str) words = { 0 };
 *	vec_push(arena, &words, word);
 *	for (size_t i = 0; i < words.len; i++) use(words.items[i]);
 * Where it crosses a function's border it has a name, and perhaps more members:
 *	struct str_list {
 *		vec_members(struct str);
 *	};
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define vec_members(type)                                                                          \
	type *items;                                                                               \
	size_t len;                                                                                \
	size_t cap

#define vec_of(type)                                                                               \
	struct {                                                                                   \
		vec_members(type);                                                                 \
	}

/* Appends a copy of `item`. */
#define vec_push(arena, vec, item)                                                                 \
	do {                                                                                       \
		if ((vec)->len == (vec)->cap)                                                      \
			(vec)->items = vec_grow_items(arena, (vec)->items, &(vec)->cap,            \
			                              sizeof(*(vec)->items));                      \
		(vec)->items[(vec)->len++] = (item);                                               \
	} while (0)

/* Appends a zeroed item and evaluates to its address, valid until the next push. */
#define vec_add(arena, vec)                                                                        \
	((vec)->len == (vec)->cap                                                                  \
	         ? (void)((vec)->items = vec_grow_items(arena, (vec)->items, &(vec)->cap,          \
	                                                sizeof(*(vec)->items)))                    \
	         : (void)0,                                                                        \
	 &(vec)->items[(vec)->len++])

#define vec_foreach(vec, item)                                                                     \
	for (item = (vec)->items; item != NULL && item < (vec)->items + (vec)->len; item++)

/* For the macros only: the array with at least twice the room, the new items zeroed. */
void *vec_grow_items(struct arena *arena, void *items, size_t *cap, size_t item_size);

struct str_list {
	vec_members(struct str);
};

#endif
