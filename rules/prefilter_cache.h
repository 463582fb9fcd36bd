/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compiled prefilters in a directory, for the next start. A file is named by a hash of all that its
 * database depends on: literals, version of the library, processor. It is written under another
 * name and renamed; it is read only where nobody but its owner, whom we trust, can have written it,
 * and if its checksum is right. Whatever fails, the database is compiled as without a cache.
 * One of these serves one load of a rule set, on one thread; processes may share the directory.
 */
#ifndef RULES_PREFILTER_CACHE_H
#define RULES_PREFILTER_CACHE_H

#include "base/error.h"
#include "base/str.h"

struct hs_database;

struct prefilter_cache {
	const char *directory; /* NULL: nothing is kept */
	bool cached_only;      /* large prefilters that aren't in the cache are left out */

	/* What came of it. */
	size_t loaded, compiled, left_out;
	struct error note; /* why a cache that is there was not used; or empty */
};

/* What a database is found by. */
struct prefilter_cache_key {
	uint64_t hash;
	uint64_t len; /* of what was hashed */
};

/* `literals` is a text that differs where what is compiled differs. */
struct prefilter_cache_key prefilter_cache_key(struct str literals);
/* The database, which is the caller's; NULL where there is none that can be used. */
struct hs_database *prefilter_cache_get(struct prefilter_cache *cache,
                                        struct prefilter_cache_key key);
void prefilter_cache_put(struct prefilter_cache *cache, struct prefilter_cache_key key,
                         const struct hs_database *database);

#endif
