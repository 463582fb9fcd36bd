/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/groups.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "base/strbuf.h"

struct groups {
	struct arena *arena;
	struct map *by_key;
	struct map *addresses; /* each once, whatever its case */
	struct map *senders;   /* each once */
	struct strbuf key;
};

struct groups *groups_new(struct arena *arena)
{
	struct groups *groups = arena_new_object(arena, struct groups);

	groups->arena = arena;
	groups->by_key = map_new(arena, MAP_EXACT);
	groups->addresses = map_new(arena, MAP_IGNORE_CASE);
	groups->senders = map_new(arena, MAP_EXACT);
	strbuf_init(&groups->key, arena);
	return groups;
}

/* The first of the texts that are the same to a map, which stands for all of them. */
static const char *keep_text(struct groups *groups, struct map *texts, const char *text)
{
	char *kept = map_get(texts, str_from(text));

	if (kept == NULL) {
		kept = arena_cstr(groups->arena, str_from(text));
		map_set(texts, str_from(kept), kept);
	}
	return kept;
}

void groups_add(struct groups *groups, const struct record *record)
{
	struct store_group key, *group;
	struct str bytes = { (const char *)&key, sizeof(key) };

	/* Kept texts are the same where their addresses are; padding counts, so it is zero. */
	memset(&key, 0, sizeof(key));
	key.kind = record->kind;
	key.destination = keep_text(groups, groups->addresses, record->destination);
	key.recipient = keep_text(groups, groups->addresses, record->recipient);
	key.sender = keep_text(groups, groups->senders, record->sender);
	key.score = record->score;
	group = map_get(groups->by_key, bytes);
	if (group == NULL) {
		group = arena_new_object(groups->arena, struct store_group);
		*group = key;
		map_set(groups->by_key, arena_str(groups->arena, bytes), group);
	}
	group->count++;
}

static int compare(const void *a, const void *b)
{
	const struct store_group *x = *(struct store_group *const *)a;
	const struct store_group *y = *(struct store_group *const *)b;
	int order = (int)x->kind - (int)y->kind;

	/* What is the same text is the same place. */
	if (order == 0 && x->destination != y->destination)
		order = strcasecmp(x->destination, y->destination);
	if (order == 0 && x->recipient != y->recipient)
		order = strcasecmp(x->recipient, y->recipient);
	if (order == 0 && x->sender != y->sender)
		order = strcmp(x->sender, y->sender);
	return order != 0 ? order : (x->score > y->score) - (x->score < y->score);
}

void groups_visit(struct groups *groups,
                  bool (*visit)(const struct store_group *group, void *context), void *context)
{
	size_t count = map_len(groups->by_key);
	struct store_group **list = arena_calloc(groups->arena, count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = map_at(groups->by_key, i, NULL);
	if (count > 0)
		qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0; i < count; i++)
		if (!visit(list[i], context))
			return;
}
