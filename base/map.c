/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include <assert.h>

#include "base/vec.h"

struct map_entry {
	struct str key;
	uint64_t hash;
	void *value;
};

/* Open addressing: slots hold 1 + the index of an entry, entries stay in insertion order. */
struct map {
	struct arena *arena;
	enum map_case keys;
	vec_of(struct map_entry) entries;
	uint32_t *slots;
	size_t slot_count; /* a power of two */
};

#define FIRST_SLOTS 16

struct map *map_new(struct arena *arena, enum map_case keys)
{
	struct map *map = arena_new_object(arena, struct map);

	map->arena = arena;
	map->keys = keys;
	map->slot_count = FIRST_SLOTS;
	map->slots = arena_calloc(arena, FIRST_SLOTS, sizeof(*map->slots));
	return map;
}

static uint64_t hash_key(const struct map *map, struct str key)
{
	return map->keys == MAP_EXACT ? str_hash_words(key) : str_hash_ci(key);
}

static bool same_key(const struct map *map, struct str a, struct str b)
{
	return map->keys == MAP_EXACT ? str_eq(a, b) : str_eq_ci(a, b);
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *find_slot(const struct map *map, struct str key, uint64_t hash)
{
	size_t mask = map->slot_count - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		const struct map_entry *entry;

		if (map->slots[i] == 0)
			return &map->slots[i];
		entry = &map->entries.items[map->slots[i] - 1];
		if (entry->hash == hash && same_key(map, entry->key, key))
			return &map->slots[i];
	}
}

static void grow_slots(struct map *map)
{
	map->slot_count *= 2;
	map->slots = arena_calloc(map->arena, map->slot_count, sizeof(*map->slots));
	for (size_t i = 0; i < map->entries.len; i++) {
		const struct map_entry *entry = &map->entries.items[i];

		*find_slot(map, entry->key, entry->hash) = (uint32_t)i + 1;
	}
}

void *map_get(const struct map *map, struct str key)
{
	uint32_t slot = *find_slot(map, key, hash_key(map, key));

	return slot != 0 ? map->entries.items[slot - 1].value : NULL;
}

void map_set(struct map *map, struct str key, void *value)
{
	uint64_t hash = hash_key(map, key);
	uint32_t *slot = find_slot(map, key, hash);
	struct map_entry entry = { key, hash, value };

	assert(value != NULL);
	if (*slot != 0) {
		map->entries.items[*slot - 1].value = value;
		return;
	}
	vec_push(map->arena, &map->entries, entry);
	*slot = (uint32_t)map->entries.len;
	if (map->entries.len * 2 > map->slot_count)
		grow_slots(map);
}

size_t map_len(const struct map *map)
{
	return map->entries.len;
}

void *map_at(const struct map *map, size_t i, struct str *key_r)
{
	assert(i < map->entries.len);
	if (key_r != NULL)
		*key_r = map->entries.items[i].key;
	return map->entries.items[i].value;
}
