/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pages of a damaged file of SQLite, https://www.sqlite.org/fileformat2.html, with those that
 * its write-ahead log has in their place, and without those that nothing is on any more. Any bytes
 * may be given. Pure; thread-safe.
 */
#ifndef STORE_SALVAGE_PAGES_H
#define STORE_SALVAGE_PAGES_H

#include "base/arena.h"

struct salvage_pages {
	struct str file;
	size_t size;   /* bytes of a page */
	size_t usable; /* of them, those that SQLite uses */
	uint32_t count;
	bool headless; /* the first page is damaged: what was removed may look as if it were there
	                */
	const char **logged;   /* by number - 1: a page of the log, or NULL; NULL: there is none */
	unsigned char *unused; /* by number - 1: it is on the list of free pages */
};

/* False where not even one page is there. In the arena, with slices of both. */
bool salvage_pages_open(struct arena *arena, struct str file, struct str log,
                        struct salvage_pages *pages_r);

/* A page, numbered from 1; empty where there is none. */
struct str salvage_page(const struct salvage_pages *pages, uint32_t number);
/* Something may be on it. */
bool salvage_page_is_used(const struct salvage_pages *pages, uint32_t number);

/* Numbers as SQLite writes them; `at` must leave room for them. */
static inline uint32_t salvage_u16(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t salvage_u32(const char *at)
{
	return salvage_u16(at) << 16 | salvage_u16(at + 2);
}

#endif
