/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/lists.h"

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

/* Takes what stands behind the last * and ? off both, where it is the same. */
static bool take_same_end(struct str *pattern, struct str *text)
{
	while (pattern->len > 0) {
		char c = pattern->data[pattern->len - 1];

		if (c == '*' || c == '?')
			break;
		if (text->len == 0 || text->data[text->len - 1] != c || c == '\n')
			return false;
		pattern->len--;
		text->len--;
	}
	return true;
}

bool glob_match(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;

	/* Most patterns name a domain, and most texts end otherwise. */
	if (!take_same_end(&pattern, &text))
		return false;
	while (t < text.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = p++;
			star_text = t;
		} else if (p < pattern.len && text.data[t] != '\n' &&
		           (pattern.data[p] == '?' || pattern.data[p] == text.data[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX && text.data[star_text] != '\n') {
			p = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}

static enum host_listing listings[] = { HOST_UNLISTED, HOST_LISTED, HOST_EXEMPT };

enum host_listing host_list_find(const struct map *hosts, struct str host)
{
	while (host.len > 0) {
		const enum host_listing *listing = map_get(hosts, host);
		ptrdiff_t dot;

		if (listing != NULL && *listing != HOST_UNLISTED)
			return *listing;
		dot = str_find_char(host, '.');
		if (dot < 0)
			break;
		host = str_from_offset(host, (size_t)dot + 1);
	}
	return HOST_UNLISTED;
}

enum host_listing host_list_find_exact(const struct map *hosts, struct str host)
{
	const enum host_listing *listing = map_get(hosts, host);

	return listing != NULL ? *listing : HOST_UNLISTED;
}

void host_list_set(struct arena *arena, struct map *hosts, struct str host,
                   enum host_listing listing)
{
	map_set(hosts, arena_str_lower(arena, host), &listings[listing]);
}
