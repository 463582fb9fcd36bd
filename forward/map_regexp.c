/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regexp:PATH, in the syntax of regexp_table(5): POSIX patterns. Its flags toggle: case counts only
 * *with* the flag i, and patterns are basic ones *with* the flag x.
 */
#include <regex.h>

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "forward/pattern_table.h"

static void free_code(void *code)
{
	regfree(code);
}

static void *compile(struct arena *arena, struct str pattern, unsigned options, unsigned *groups_r,
                     struct error *err_r)
{
	regex_t *code = arena_new_object(arena, regex_t);
	char text[200];
	int error;

	error = regcomp(code, arena_cstr(arena, pattern), (int)options);
	if (error != 0) {
		regerror(error, code, text, sizeof(text));
		error_set(err_r, "/%.*s/ is no pattern: %s; correct it", STR_FMT(pattern), text);
		return NULL;
	}
	arena_at_free(arena, free_code, code);
	*groups_r = (unsigned)code->re_nsub;
	return code;
}

static enum pattern_result match(const void *code, struct str subject,
                                 struct pattern_groups *groups_r)
{
	regmatch_t found[PATTERN_GROUPS_MAX + 1];
	char *text;
	int error;

	if (memchr(subject.data, '\0', subject.len) != NULL)
		return PATTERN_FAILED;
	text = memory_alloc(subject.len + 1);
	memcpy(text, subject.data, subject.len);
	text[subject.len] = '\0';
	error = regexec(code, text, PATTERN_GROUPS_MAX + 1, found, 0);
	free(text);
	if (error != 0)
		return error == REG_NOMATCH ? PATTERN_NO : PATTERN_FAILED;
	for (size_t i = 1; i <= PATTERN_GROUPS_MAX; i++)
		groups_r->items[i] =
			found[i].rm_so < 0
				? STR("")
				: (struct str){ subject.data + found[i].rm_so,
			                        (size_t)(found[i].rm_eo - found[i].rm_so) };
	return PATTERN_YES;
}

static const struct pattern_engine engine = {
	.options = REG_EXTENDED | REG_ICASE,
	.flags = { { 'i', REG_ICASE }, { 'm', REG_NEWLINE }, { 'x', REG_EXTENDED } },
	.compile = compile,
	.match = match,
};

static void *regexp_open(const struct map_load *load, struct str spec)
{
	return pattern_table_open(load, &engine, spec);
}

const struct forward_map_type forward_map_regexp = {
	.name = "regexp",
	.keys = MAP_KEYS_PATTERN,
	.open = regexp_open,
	.lookup = pattern_table_lookup,
};
