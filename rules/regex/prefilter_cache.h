/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compiled prefilters in a directory, for the next start: a file has all of a rule set. It is named
 * by a hash of all that its databases depend on: literals, version of the library, processor. It is
 * written under another name and renamed; it is read only where nobody but its owner, whom we
 * trust, can have written it, and if its checksum is right. Whatever fails, all is compiled as
 * without it. One of these serves one load of a rule set, on one thread; processes may share the
 * directory.
 */
#ifndef RULES_REGEX_PREFILTER_CACHE_H
#define RULES_REGEX_PREFILTER_CACHE_H

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

/* What databases are found by. */
struct prefilter_cache_key {
	uint64_t hash;
	uint64_t len; /* of what was hashed */
};

/* `literals` is a text that differs where what is compiled differs. */
struct prefilter_cache_key prefilter_cache_key(struct str literals);
/* The databases, which are the caller's; false where there are none that can be used. */
bool prefilter_cache_get(struct prefilter_cache *cache, struct prefilter_cache_key key,
                         struct hs_database **databases_r, size_t count);
void prefilter_cache_put(struct prefilter_cache *cache, struct prefilter_cache_key key,
                         struct hs_database *const *databases, size_t count);

#endif
