/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vec.h"

#include <string.h>

void *vec_grow_items(struct arena *arena, void *items, size_t *cap, size_t item_size)
{
	size_t old_size = *cap * item_size;
	size_t new_cap = *cap > 0 ? *cap * 2 : 8;
	char *grown = arena_grow(arena, items, old_size, new_cap * item_size);

	memset(grown + old_size, 0, new_cap * item_size - old_size);
	*cap = new_cap;
	return grown;
}
