/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/memory.h"

#define BUCKETS 8192 /* a power of two */

struct entry {
	struct entry *next; /* in its bucket */
	struct entry *newer;
	struct entry *older;
	struct dns_answer *answer;
	enum dns_type type;
	size_t len;
	char name[];
};

struct dns_cache {
	pthread_mutex_t lock;
	size_t max_bytes;
	size_t bytes;
	struct entry *newest;
	struct entry *oldest;
	struct entry *buckets[BUCKETS];
};

struct dns_cache *dns_cache_new(size_t max_bytes)
{
	struct dns_cache *cache = memory_calloc(1, sizeof(*cache));

	pthread_mutex_init(&cache->lock, NULL);
	cache->max_bytes = max_bytes;
	return cache;
}

static struct entry **find(struct dns_cache *cache, struct str name, enum dns_type type)
{
	uint64_t hash = str_hash(name) * 31 + (uint64_t)type;
	struct entry **at = &cache->buckets[(hash ^ hash >> 32) & (BUCKETS - 1)];

	while (*at != NULL && ((*at)->type != type || (*at)->len != name.len ||
	                       memcmp((*at)->name, name.data, name.len) != 0))
		at = &(*at)->next;
	return at;
}

static size_t entry_bytes(const struct entry *entry)
{
	return sizeof(*entry) + entry->len + entry->answer->bytes;
}

static void unlink_use(struct dns_cache *cache, struct entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_use(struct dns_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

static void remove_entry(struct dns_cache *cache, struct entry **at)
{
	struct entry *entry = *at;

	*at = entry->next;
	unlink_use(cache, entry);
	cache->bytes -= entry_bytes(entry);
	dns_answer_unpin(entry->answer);
	free(entry);
}

void dns_cache_free(struct dns_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (cache->buckets[i] != NULL)
			remove_entry(cache, &cache->buckets[i]);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

struct dns_answer *dns_cache_get(struct dns_cache *cache, struct str name, enum dns_type type)
{
	struct dns_answer *answer = NULL;
	struct entry **at;

	pthread_mutex_lock(&cache->lock);
	at = find(cache, name, type);
	if (*at != NULL && (*at)->answer->expires_us <= clock_monotonic_us())
		remove_entry(cache, at);
	else if (*at != NULL) {
		unlink_use(cache, *at);
		link_use(cache, *at);
		answer = dns_answer_pin((*at)->answer);
	}
	pthread_mutex_unlock(&cache->lock);
	return answer;
}

static struct entry *queue_entry_new(struct str name, enum dns_type type, struct dns_answer *answer)
{
	struct entry *entry = memory_alloc(sizeof(*entry) + name.len);

	entry->type = type;
	entry->len = name.len;
	memcpy(entry->name, name.data, name.len);
	entry->answer = dns_answer_pin(answer);
	return entry;
}

void dns_cache_put(struct dns_cache *cache, struct str name, enum dns_type type,
                   struct dns_answer *answer)
{
	struct entry *entry, **at;

	if (answer->expires_us == 0)
		return;
	entry = queue_entry_new(name, type, answer);
	pthread_mutex_lock(&cache->lock);
	at = find(cache, name, type);
	if (*at != NULL)
		remove_entry(cache, at);
	at = find(cache, name, type);
	entry->next = NULL;
	*at = entry;
	link_use(cache, entry);
	cache->bytes += entry_bytes(entry);
	while (cache->bytes > cache->max_bytes && cache->oldest != NULL) {
		struct entry *oldest = cache->oldest;

		remove_entry(cache,
		             find(cache, (struct str){ oldest->name, oldest->len }, oldest->type));
	}
	pthread_mutex_unlock(&cache->lock);
}

size_t dns_cache_bytes(struct dns_cache *cache)
{
	size_t bytes;

	pthread_mutex_lock(&cache->lock);
	bytes = cache->bytes;
	pthread_mutex_unlock(&cache->lock);
	return bytes;
}
