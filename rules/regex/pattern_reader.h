/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How pattern_tree.c, pattern_group.c and pattern_quantifier.c share the reading of a pattern. For
 * these only. */
#ifndef RULES_REGEX_PATTERN_READER_H
#define RULES_REGEX_PATTERN_READER_H

#include "base/map.h"
#include "rules/regex/pattern_flags.h"
#include "rules/regex/pattern_node.h"

/* Parentheses within one another. */
#define PATTERN_DEPTH_MAX 60

struct pattern_reader {
	struct arena *arena;
	struct str rest;
	struct pattern_flags flags;
	bool quoted; /* between \Q and \E */
	bool failed; /* something isn't understood */
	unsigned depth;
	bool one_alternative;                /* was all of the choice that was read last */
	struct map *named;                   /* struct pattern_node of each named group */
	vec_of(struct pattern_node *) calls; /* that become what a named group is */
	vec_of(struct str) called;           /* its name, for each of them */
};

static inline char pattern_peek(const struct pattern_reader *reader)
{
	return reader->rest.len > 0 ? reader->rest.data[0] : '\0';
}

/* Reads `text` if it comes next. */
bool pattern_take(struct pattern_reader *reader, const char *text);
char pattern_take_char(struct pattern_reader *reader);
/* The text up to the character, which is read too. */
struct str pattern_take_until(struct pattern_reader *reader, char end);

struct pattern_node *pattern_node(struct pattern_reader *reader, enum pattern_node_type type);
struct pattern_node *pattern_assertion(struct pattern_reader *reader,
                                       enum pattern_node_assertion assertion);

/* Alternatives, to the end or a ")" that isn't theirs. */
struct pattern_node *pattern_read_choice(struct pattern_reader *reader);
/* Reads a quantifier if there is one; what makes it lazy or possessive is left. */
bool pattern_read_quantifier(struct pattern_reader *reader, uint32_t *min_r, uint32_t *max_r);
/* What follows "(", which isn't a comment. */
struct pattern_node *pattern_read_group(struct pattern_reader *reader);

#endif
