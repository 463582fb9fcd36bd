/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/memory.h"

/* Small enough for idle sessions to be cheap, doubled up to a limit as the message grows. */
#define FIRST_CHUNK (4 * 1024)
#define LAST_CHUNK  (1024 * 1024)
#define ALIGNMENT   alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t size;
	alignas(max_align_t) char data[];
};

struct release {
	struct release *next;
	void (*call)(void *object);
	void *object;
};

struct arena {
	struct chunk *chunks;
	struct release *releases;
	char *free_at;
	size_t free_len;
	size_t next_size;
	size_t bytes;
	struct budget_share *share; /* or NULL */
};

struct arena *arena_new(void)
{
	struct arena *arena = memory_calloc(1, sizeof(*arena));

	arena->next_size = FIRST_CHUNK;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct chunk *chunk, *next;

	if (arena == NULL)
		return;
	for (struct release *r = arena->releases; r != NULL; r = r->next)
		r->call(r->object);
	for (chunk = arena->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

void arena_charge(struct arena *arena, struct budget_share *share)
{
	arena->share = share;
	budget_charge(share, arena->bytes);
}

size_t arena_bytes(const struct arena *arena)
{
	return arena->bytes;
}

static struct chunk *add_chunk(struct arena *arena, size_t size)
{
	struct chunk *chunk = memory_alloc(sizeof(*chunk) + size);

	chunk->next = arena->chunks;
	chunk->size = size;
	arena->chunks = chunk;
	arena->bytes += sizeof(*chunk) + size;
	if (arena->share != NULL)
		budget_charge(arena->share, sizeof(*chunk) + size);
	return chunk;
}

static size_t round_up(size_t size)
{
	assert(size < SIZE_MAX / 2);
	return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *p;

	size = round_up(size > 0 ? size : 1);
	if (size > arena->free_len) {
		/* A large object gets a chunk of its own, and the current one stays in use. */
		if (size > arena->next_size / 4)
			return add_chunk(arena, size)->data;
		arena->free_at = add_chunk(arena, arena->next_size)->data;
		arena->free_len = arena->next_size;
		if (arena->next_size < LAST_CHUNK)
			arena->next_size *= 2;
	}
	p = arena->free_at;
	arena->free_at += size;
	arena->free_len -= size;
	return p;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
	void *p;

	assert(size == 0 || count <= SIZE_MAX / 2 / size);
	p = arena_alloc(arena, count * size);
	return memset(p, 0, count * size);
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
	size_t old_room = round_up(old_size > 0 ? old_size : 1);
	void *p;

	if (old != NULL && (char *)old + old_room == arena->free_at &&
	    new_size <= old_room + arena->free_len) {
		size_t more = round_up(new_size) > old_room ? round_up(new_size) - old_room : 0;

		if (more <= arena->free_len) {
			arena->free_at += more;
			arena->free_len -= more;
			return old;
		}
	}
	p = arena_alloc(arena, new_size);
	if (old != NULL)
		memcpy(p, old, old_size < new_size ? old_size : new_size);
	return p;
}

char *arena_cstr(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.len + 1);

	if (s.len > 0)
		memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	return copy;
}

struct str arena_str(struct arena *arena, struct str s)
{
	return (struct str){ arena_cstr(arena, s), s.len };
}

struct str arena_str_lower(struct arena *arena, struct str s)
{
	char *copy = arena_cstr(arena, s);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = char_lower(copy[i]);
	return (struct str){ copy, s.len };
}

struct str arena_concat(struct arena *arena, const struct str *pieces, size_t count)
{
	size_t len = 0;
	char *text, *end;

	for (size_t i = 0; i < count; i++)
		len += pieces[i].len;
	text = end = arena_alloc(arena, len + 1);
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].len > 0)
			memcpy(end, pieces[i].data, pieces[i].len);
		end += pieces[i].len;
	}
	*end = '\0';
	return (struct str){ text, len };
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text, brief[256];
	int len;

	va_start(args, format);
	len = vsnprintf(brief, sizeof(brief), format, args);
	va_end(args);
	assert(len >= 0);
	text = arena_alloc(arena, (size_t)len + 1);
	if ((size_t)len < sizeof(brief)) {
		memcpy(text, brief, (size_t)len + 1);
		return (struct str){ text, (size_t)len };
	}
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return (struct str){ text, (size_t)len };
}

void arena_at_free(struct arena *arena, void (*call)(void *object), void *object)
{
	struct release *r = arena_alloc(arena, sizeof(*r));

	r->call = call;
	r->object = object;
	r->next = arena->releases;
	arena->releases = r;
}
