/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers by question until they expire, in a bounded amount of memory: the longest unused goes
 * first. In front of the resolver's own cache because that one is two thread switches away.
 * Thread-safe; locks are held for a few instructions only. Nothing can fail.
 */
#ifndef FACTS_DNS_CACHE_H
#define FACTS_DNS_CACHE_H

#include "facts/dns_answer.h"

struct dns_cache;

struct dns_cache *dns_cache_new(size_t max_bytes);
/* NULL is allowed. Answers that are still pinned elsewhere stay valid. */
void dns_cache_free(struct dns_cache *cache);
/* A pinned answer that has not expired, or NULL. `name` is canonical. */
struct dns_answer *dns_cache_get(struct dns_cache *cache, struct str name, enum dns_type type);
/* Keeps a pin of its own; answers that are not to be cached are ignored. */
void dns_cache_put(struct dns_cache *cache, struct str name, enum dns_type type,
                   struct dns_answer *answer);
/* Bytes of memory that answers and their bookkeeping take. */
size_t dns_cache_bytes(struct dns_cache *cache);

#endif
