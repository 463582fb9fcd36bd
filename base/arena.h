/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory with one end: everything allocated from an arena is freed with it. There is one per
 * message, owned by its session, and one per policy. An arena is used by one thread at a time.
 * Allocation never returns NULL: see memory.h for what happens where the system has none.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena;
struct budget_share;

struct arena *arena_new(void);
/* Frees all that was allocated from it; NULL is allowed. */
void arena_free(struct arena *arena);
/* What the arena takes from the system is charged to the share, which must stay until arena_free();
 * who owns it gives it back. */
void arena_charge(struct arena *arena, struct budget_share *share);
/* Bytes that the arena holds from the system. */
size_t arena_bytes(const struct arena *arena);

/* `size` bytes aligned for any type, not initialised; 0 gives a unique pointer. */
void *arena_alloc(struct arena *arena, size_t size);
/* `count` × `size` bytes of zero. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);
/* A zeroed object of a type. */
#define arena_new_object(arena, type) ((type *)arena_calloc(arena, 1, sizeof(type)))
/* `old` of `old_size` bytes, moved to `new_size` bytes unless it can grow in place. */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size);

/* Copies; the slice's copy is followed by a NUL that is not counted. */
struct str arena_str(struct arena *arena, struct str s);
struct str arena_str_lower(struct arena *arena, struct str s);
char *arena_cstr(struct arena *arena, struct str s);
/* The pieces one after another; a NUL that is not counted follows. */
struct str arena_concat(struct arena *arena, const struct str *pieces, size_t count);
/* printf into the arena; the text is followed by a NUL that is not counted. */
struct str arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Runs release(object) when the arena is freed, last registered first: for objects of third-party
 * libraries that an arena object owns.
 */
void arena_at_free(struct arena *arena, void (*release)(void *object), void *object);

#endif
