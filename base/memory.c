/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void memory_trim(void)
{
	malloc_trim(0);
}
