/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map_ask TYPE:SPEC: what one forward map answers to each line of stdin, as JSON would have it but
 * simpler: a mark, the key, the targets, with tabs between. "=" found, "-" not there, "!" no
 * answer;
 * "~" and "?" for the first two where that is doubtful.
 */
#include <stdio.h>
#include <string.h>

#include "forward/address.h"
#include "forward/forward_map.h"

static void ask(struct arena *arena, const struct forward_map *map, struct str line)
{
	bool pattern = map->type->keys == MAP_KEYS_PATTERN;
	struct str key = pattern ? line : address_key(arena, line);
	struct target_list targets;
	enum lookup_result result = forward_map_lookup(arena, map, key, &targets);
	bool doubt = targets.doubt != NULL || address_doubt(arena, line) != NULL;
	char mark = result == LOOKUP_FAILED ? '!' : result == LOOKUP_FOUND ? '=' : '-';

	if (doubt && mark != '!')
		mark = mark == '=' ? '~' : '?';
	printf("%c\t%.*s", mark, STR_FMT(line));
	for (size_t i = 0; i < targets.len; i++)
		printf("\t%.*s", STR_FMT(targets.items[i].text));
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct file_list files = { 0 };
	struct forward_map map;
	struct problems problems;
	char line[4096];

	problems_init(&problems, arena);
	if (argc != 2)
		return 64;
	if (!forward_map_open(&(struct map_load){ arena, &problems, &files,
	                                          map_new(arena, MAP_EXACT),
	                                          map_new(arena, MAP_EXACT) },
	                      str_from(argv[1]), &map) ||
	    problems.errors > 0) {
		for (size_t i = 0; i < problems.len; i++)
			fprintf(stderr, "%.*s\n", STR_FMT(problems.items[i].text));
		return 78;
	}
	while (fgets(line, sizeof(line), stdin) != NULL)
		ask(arena, &map, str_trim_right(str_from(line)));
	arena_free(arena);
	return 0;
}
