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

/* glibc writes out what "+" and "{}" repeat, so that repeats of repeats take memory without bounds.
 */
#define NODES_MAX 100000
#define DEPTH_MAX 200

/* While a pattern is walked through: nodes by depth of groups, and those of the last piece. */
struct nodes {
	uint64_t all[DEPTH_MAX + 1];
	uint64_t last[DEPTH_MAX + 1];
	size_t depth;
};

/* How often "{…}" at the start writes out what is in front of it. */
static uint64_t interval(struct str text)
{
	uint64_t most = 1, value = 0;

	for (size_t i = 1; i < text.len && text.data[i] != '}' && value < NODES_MAX; i++) {
		value = char_is_digit(text.data[i]) ? value * 10 + (uint64_t)(text.data[i] - '0')
		                                    : 0;
		most = value > most ? value : most;
	}
	return most + 1;
}

/* A bracket expression, which is one node. */
static size_t class_len(struct str text)
{
	size_t len = 1;

	len += len < text.len && text.data[len] == '^';
	len += len < text.len && text.data[len] == ']';
	while (len < text.len && text.data[len] != ']')
		len += len + 1 < text.len && text.data[len] == '[' && text.data[len + 1] == ':'
		               ? 2 + (size_t)(len + 2 < text.len && text.data[len + 2] != ']')
		               : 1;
	return len < text.len ? len + 1 : len;
}

static void repeat(struct nodes *nodes, uint64_t times)
{
	uint64_t *last = &nodes->last[nodes->depth];

	nodes->all[nodes->depth] += *last * (times - 1);
	*last *= times;
}

/* One operator or piece; false where there are too many nodes. */
static bool count_node(struct nodes *nodes, char c, struct str rest)
{
	uint64_t inner = 1;

	if (c == '(' && nodes->depth++ == DEPTH_MAX)
		return false;
	if (c == '(') {
		nodes->all[nodes->depth] = nodes->last[nodes->depth] = 0;
		return true;
	}
	if (c == '+' || c == '{') {
		repeat(nodes, c == '+' ? 2 : interval(rest));
	} else if (c != '*' && c != '?' && c != '|') {
		if (c == ')' && nodes->depth > 0)
			inner += nodes->all[nodes->depth--];
		nodes->last[nodes->depth] = inner;
		nodes->all[nodes->depth] += inner;
	}
	return nodes->all[nodes->depth] <= NODES_MAX;
}

static bool is_too_large(struct str pattern, bool extended)
{
	struct nodes nodes = { .depth = 0 };

	while (pattern.len > 0) {
		bool escaped = pattern.data[0] == '\\' && pattern.len > 1;
		char c = pattern.data[escaped];
		size_t len = c == '[' && !escaped ? class_len(pattern) : 1 + (size_t)escaped;

		/* Basic patterns have their operators behind a backslash. */
		if (escaped == extended && str_find_char(STR("(){+?|"), c) >= 0)
			c = 'a';
		if (!count_node(&nodes, c, str_from_offset(pattern, len - 1)))
			return true;
		pattern = str_from_offset(pattern, len);
		if (c == '{')
			pattern =
				str_from_offset(pattern, (size_t)(str_find_char(pattern, '}') + 1));
	}
	return false;
}

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

	if (is_too_large(pattern, (options & REG_EXTENDED) != 0)) {
		error_set(err_r,
		          "/%.*s/ repeats what repeats, and would take too much memory; write it "
		          "with fewer of + and {}",
		          STR_FMT(pattern));
		return NULL;
	}
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
