/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/forward_map.h"

#include "base/strbuf.h"
#include "base/suggest.h"

/* Every map type; "assayd -t" names them from here. */
static const struct forward_map_type *const map_types[] = {
	&forward_map_texthash, &forward_map_aliases,    &forward_map_pcre,
	&forward_map_regexp,   &forward_map_sqlite,     &forward_map_redis,
	&forward_map_rediss,   &forward_map_redis_unix, &forward_map_socketmap,
};

#define MAP_TYPE_COUNT (sizeof(map_types) / sizeof(map_types[0]))

/* Types of Postfix whose source file can be read instead. */
static bool is_indexed_type(struct str type)
{
	return str_eq(type, STR("hash")) || str_eq(type, STR("btree")) ||
	       str_eq(type, STR("lmdb")) || str_eq(type, STR("cdb")) || str_eq(type, STR("dbm"));
}

static struct str type_names(struct arena *arena)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < MAP_TYPE_COUNT; i++)
		strbuf_printf(&buf, "%s%s:", i > 0 ? ", " : "", map_types[i]->name);
	return strbuf_str(&buf);
}

static bool unknown_type(const struct map_load *load, struct str name, struct str type)
{
	struct suggestion best = { 0 };

	if (is_indexed_type(type))
		return problems_add(
			load->problems, PROBLEM_ERROR, NULL,
			"forward_map %.*s: is an index made by postmap; name its source "
			"instead, \"texthash:PATH\" (or \"aliases:PATH\")",
			STR_FMT(name));
	for (size_t i = 0; i < MAP_TYPE_COUNT; i++)
		suggest_consider(&best, type, map_types[i]->name);
	if (best.word != NULL)
		return problems_add(
			load->problems, PROBLEM_ERROR, NULL,
			"forward_map %.*s: there is no such type; did you mean \"%s:\"?",
			STR_FMT(name), best.word);
	return problems_add(load->problems, PROBLEM_ERROR, NULL,
	                    "forward_map %.*s: there is no such type; write one of %.*s",
	                    STR_FMT(name), STR_FMT(type_names(load->arena)));
}

/* "redis://:secret@host/0/hash" as "redis://host/0/hash": it stands in the log. */
static const char *shown_name(struct arena *arena, struct str name)
{
	ptrdiff_t start = str_find(name, STR("://")), at = str_rfind_char(name, '@');

	if (start < 0 || at < start)
		return arena_cstr(arena, name);
	return arena_printf(arena, "%.*s%.*s", (int)start + 3, name.data,
	                    STR_FMT(str_from_offset(name, (size_t)at + 1)))
	        .data;
}

bool forward_map_open(const struct map_load *load, struct str name, struct forward_map *map_r)
{
	ptrdiff_t colon = str_find_char(name, ':');
	struct str type = colon < 0 ? STR("") : str_prefix(name, (size_t)colon);

	if (colon < 0)
		return problems_add(load->problems, PROBLEM_ERROR, NULL,
		                    "forward_map %.*s: has no type; write for example "
		                    "\"texthash:%.*s\"",
		                    STR_FMT(name), STR_FMT(name));
	*map_r = (struct forward_map){ .name = shown_name(load->arena, name) };
	for (size_t i = 0; i < MAP_TYPE_COUNT; i++) {
		if (!str_eq(type, str_from(map_types[i]->name)))
			continue;
		map_r->type = map_types[i];
		map_r->data = map_types[i]->open(load, str_from_offset(name, (size_t)colon + 1));
		return map_r->data != NULL;
	}
	return unknown_type(load, name, type);
}

enum lookup_result forward_map_lookup(struct arena *arena, const struct forward_map *map,
                                      struct str key, struct target_list *targets_r)
{
	*targets_r = (struct target_list){ 0 };
	return map->type->lookup(arena, map->data, key, targets_r);
}
