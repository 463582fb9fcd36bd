/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Less is taken again by the next few messages. */
#define GROWN_PAGES (8L * 1024 * 1024 / 4096)

static void *checked(void *p)
{
	if (p == NULL) {
		fputs("assay: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *memory_alloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *memory_calloc(size_t count, size_t size)
{
	return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *memory_realloc(void *old, size_t size)
{
	return checked(realloc(old, size > 0 ? size : 1));
}

char *memory_strdup(const char *s)
{
	return checked(strdup(s));
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
