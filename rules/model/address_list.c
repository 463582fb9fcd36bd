/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/address_list.h"

#include "rules/model/glob.h"

struct address_list *address_list_new(struct arena *arena)
{
	struct address_list *list = arena_new_object(arena, struct address_list);

	list->exact = map_new(arena, MAP_EXACT);
	return list;
}

static bool is_glob(struct str pattern)
{
	return str_find_char(pattern, '*') >= 0 || str_find_char(pattern, '?') >= 0;
}

static struct address_entry *find_entry(const struct address_list *list, struct str pattern)
{
	if (!is_glob(pattern))
		return map_get(list->exact, pattern);
	for (size_t i = 0; i < list->globs.len; i++)
		if (str_eq(list->globs.items[i]->pattern, pattern))
			return list->globs.items[i];
	return NULL;
}

void address_list_add(struct arena *arena, struct address_list *list, struct str address,
                      struct str domain)
{
	struct str pattern = arena_str_lower(arena, address);
	struct address_entry *entry = find_entry(list, pattern);

	if (entry == NULL) {
		entry = arena_new_object(arena, struct address_entry);
		entry->pattern = pattern;
		if (is_glob(pattern))
			vec_push(arena, &list->globs, entry);
		else
			map_set(list->exact, pattern, entry);
	} else if (entry->removed) {
		entry->removed = false;
		entry->domains.len = 0;
	}
	if (domain.len > 0)
		vec_push(arena, &entry->domains, arena_str_lower(arena, domain));
}

void address_list_remove(struct arena *arena, struct address_list *list, struct str address)
{
	struct address_entry *entry = find_entry(list, arena_str_lower(arena, address));

	if (entry != NULL)
		entry->removed = true;
}

static bool hit(const struct address_entry *entry,
                bool (*visit)(const struct address_entry *entry, void *context), void *context)
{
	return !entry->removed && (visit == NULL || visit(entry, context));
}

bool address_list_match(const struct address_list *list, struct str address,
                        bool (*visit)(const struct address_entry *entry, void *context),
                        void *context)
{
	const struct address_entry *exact = map_get(list->exact, address);

	if (exact != NULL && hit(exact, visit, context))
		return true;
	for (size_t i = 0; i < list->globs.len; i++) {
		const struct address_entry *entry = list->globs.items[i];

		if (glob_match(entry->pattern, address) && hit(entry, visit, context))
			return true;
	}
	return false;
}
