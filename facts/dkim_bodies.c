/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dkim_bodies.h"

#include <stdlib.h>

#include "base/memory.h"

/* Of the chain only the newest signature is looked at. */
#define WAYS_MAX (DKIM_SIGNATURES_MAX + 1)

struct way {
	enum dkim_canon canon;
	uint64_t limit;
	struct dkim_body body;
	struct dkim_body_hash hash; /* once finished */
};

struct dkim_bodies {
	struct way ways[WAYS_MAX];
	size_t count;
	size_t size; /* bytes that were added */
	bool finished;
};

static bool is_signature(struct str line)
{
	return str_starts_ci(line, STR("DKIM-Signature")) ||
	       str_starts_ci(line, STR("ARC-Message-Signature"));
}

/* Most headers needn't be split. */
static bool may_be_signed(struct str headers)
{
	struct str line;

	while (str_next_line(&headers, &line))
		if (is_signature(line))
			return true;
	return false;
}

static struct way *find_way(const struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit)
{
	for (size_t i = 0; i < bodies->count; i++)
		if (bodies->ways[i].canon == canon && bodies->ways[i].limit == limit)
			return (struct way *)&bodies->ways[i];
	return NULL;
}

static void add_way(struct dkim_bodies *bodies, const struct dkim_signature *signature)
{
	struct way *way = &bodies->ways[bodies->count];

	if (signature->broken != NULL || signature->algorithm == DKIM_RSA_SHA1 ||
	    bodies->count == WAYS_MAX ||
	    find_way(bodies, signature->body_canon, signature->body_limit) != NULL)
		return;
	way->canon = signature->body_canon;
	way->limit = signature->body_limit;
	dkim_body_start(&way->body, way->canon, EVP_sha256(), way->limit);
	bodies->count++;
}

static void add_ways(struct dkim_bodies *bodies, struct arena *arena, struct str headers)
{
	struct dkim_signature signature, newest = { .broken = "" };
	struct dkim_fields fields;
	size_t count = 0;

	dkim_fields_read(arena, headers, 0, &fields);
	for (size_t i = 0; i < fields.len; i++) {
		if (str_eq_ci(fields.items[i].name, STR("DKIM-Signature"))) {
			if (count++ == DKIM_SIGNATURES_MAX)
				continue;
			dkim_signature_read(arena, &fields, i, DKIM_KIND_DKIM, &signature);
			add_way(bodies, &signature);
		} else if (str_eq_ci(fields.items[i].name, STR("ARC-Message-Signature"))) {
			dkim_signature_read(arena, &fields, i, DKIM_KIND_AMS, &signature);
			if (signature.instance > newest.instance)
				newest = signature;
		}
	}
	add_way(bodies, &newest);
}

struct dkim_bodies *dkim_bodies_start(struct str headers)
{
	struct dkim_bodies *bodies;
	struct arena *arena;

	if (!may_be_signed(headers))
		return NULL;
	bodies = memory_calloc(1, sizeof(*bodies));
	arena = arena_new();
	add_ways(bodies, arena, headers);
	arena_free(arena);
	if (bodies->count > 0)
		return bodies;
	free(bodies);
	return NULL;
}

static void end_way(struct way *way)
{
	way->hash.len = dkim_body_end(&way->body, way->hash.bytes);
	way->hash.length = way->body.length;
}

void dkim_bodies_add(struct dkim_bodies *bodies, struct str piece)
{
	if (bodies == NULL)
		return;
	bodies->size += piece.len;
	for (size_t i = 0; i < bodies->count; i++)
		dkim_body_add(&bodies->ways[i].body, piece);
}

bool dkim_bodies_finish(struct dkim_bodies *bodies, struct str body)
{
	if (bodies->size != body.len)
		return false;
	for (size_t i = 0; i < bodies->count; i++)
		end_way(&bodies->ways[i]);
	bodies->finished = true;
	return true;
}

bool dkim_bodies_find(const struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit,
                      struct dkim_body_hash *hash_r)
{
	const struct way *way = find_way(bodies, canon, limit);

	if (way == NULL || !bodies->finished)
		return false;
	*hash_r = way->hash;
	return true;
}

void dkim_bodies_free(struct dkim_bodies *bodies)
{
	if (bodies == NULL)
		return;
	for (size_t i = 0; i < bodies->count && !bodies->finished; i++)
		end_way(&bodies->ways[i]);
	free(bodies);
}
