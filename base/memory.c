/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory_insist.h"

/* The next few messages take that much again. */
#define GROWN_PAGES (8L * 1024 * 1024 / 4096)

/* How long a caller waits for memory. */
#define RETRY_MS  10
#define RETRY_MAX 1000

static _Atomic(void *) reserve;
static size_t reserve_size;
static void (*tell_of_reserve)(bool is_short);
static atomic_bool is_short, is_kept;

void memory_keep_reserve(size_t size, void (*tell)(bool is_short))
{
	tell_of_reserve = tell;
	reserve_size = size;
	atomic_store(&reserve, malloc(size));
	atomic_store(&is_kept, true);
}

void memory_refill_reserve(void)
{
	if (!atomic_load(&is_short))
		return;
	atomic_store(&reserve, malloc(reserve_size));
	if (atomic_load(&reserve) == NULL)
		return;
	atomic_store(&is_short, false);
	tell_of_reserve(false);
}

bool memory_is_short(void)
{
	return atomic_load_explicit(&is_short, memory_order_relaxed);
}

void memory_wait(unsigned tries)
{
	const struct timespec pause = { 0, RETRY_MS * 1000000L };
	void *kept = atomic_exchange(&reserve, NULL);

	if (tries == RETRY_MAX || !atomic_load(&is_kept)) {
		fputs("assay: out of memory\n", stderr);
		abort();
	}
	if (kept == NULL) {
		nanosleep(&pause, NULL);
		return;
	}
	atomic_store(&is_short, true);
	free(kept);
	tell_of_reserve(true);
}

void *memory_alloc(size_t size)
{
	return MEMORY_INSIST(malloc(size > 0 ? size : 1));
}

void *memory_calloc(size_t count, size_t size)
{
	return MEMORY_INSIST(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *memory_realloc(void *old, size_t size)
{
	return MEMORY_INSIST(realloc(old, size > 0 ? size : 1));
}

char *memory_strdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(memory_alloc(size), s, size);
}

/* Pages that are in memory; 0 where the system doesn't tell. */
static long resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages;
}

void memory_trim(void)
{
	malloc_trim(0);
}

void memory_trim_grown(void)
{
	static long least;
	long pages;

	if (resident_pages() <= least + GROWN_PAGES)
		return;
	memory_trim();
	pages = resident_pages();
	if (least == 0 || pages < least)
		least = pages;
}
