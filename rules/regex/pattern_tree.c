/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/pattern_tree.h"

#include <string.h>

#include "rules/regex/pattern_class.h"
#include "rules/regex/pattern_escape.h"
#include "rules/regex/pattern_reader.h"
#include "rules/regex/pattern_tables.h"

/* Nodes that calls of groups may add to a tree, in all. */
#define CALLED_MAX 100000
/* U+0085 is white space to some versions of PCRE2. */
#define NEXT_LINE '\x85'

bool pattern_take(struct pattern_reader *reader, const char *text)
{
	struct str expected = str_from(text);

	if (!str_starts(reader->rest, expected))
		return false;
	reader->rest = str_from_offset(reader->rest, expected.len);
	return true;
}

char pattern_take_char(struct pattern_reader *reader)
{
	char c = pattern_peek(reader);

	reader->failed = reader->failed || reader->rest.len == 0;
	reader->rest = str_from_offset(reader->rest, 1);
	return c;
}

struct str pattern_take_until(struct pattern_reader *reader, char end)
{
	ptrdiff_t at = str_find_char(reader->rest, end);
	struct str text = str_prefix(reader->rest, at < 0 ? 0 : (size_t)at);

	reader->failed = reader->failed || at < 0;
	reader->rest = str_from_offset(reader->rest, text.len + 1);
	return text;
}

struct pattern_node *pattern_node(struct pattern_reader *reader, enum pattern_node_type type)
{
	struct pattern_node *node = arena_new_object(reader->arena, struct pattern_node);

	node->type = type;
	return node;
}

struct pattern_node *pattern_assertion(struct pattern_reader *reader,
                                       enum pattern_node_assertion assertion)
{
	struct pattern_node *node = pattern_node(reader, NODE_SEQUENCE);

	node->assertion = assertion;
	return node;
}

/* With x: white space, and comments to the end of the line. */
static bool take_blank(struct pattern_reader *reader)
{
	ptrdiff_t end;

	if (reader->rest.len == 0)
		return false;
	if (pattern_peek(reader) == '#') {
		end = str_find_char(reader->rest, '\n');
		reader->rest =
			str_from_offset(reader->rest, end < 0 ? reader->rest.len : (size_t)end);
		return true;
	}
	reader->failed = reader->failed || pattern_peek(reader) == NEXT_LINE;
	if (!char_is_space(pattern_peek(reader)))
		return false;
	pattern_take_char(reader);
	return true;
}

static bool take_nothing(struct pattern_reader *reader)
{
	char c = pattern_peek(reader);

	if (c == '\\' && pattern_take(reader, "\\E")) {
		reader->quoted = false;
		return true;
	}
	if (reader->quoted)
		return false;
	if (c == '\\' && pattern_take(reader, "\\Q")) {
		reader->quoted = true;
		return true;
	}
	if (c == '(' && pattern_take(reader, "(?#")) {
		pattern_take_until(reader, ')');
		return true;
	}
	return reader->flags.extended && take_blank(reader);
}

/* What may stand between a piece and its quantifier, since it is nothing to a match. */
static void skip_nothing(struct pattern_reader *reader)
{
	while (take_nothing(reader))
		;
}

static struct pattern_node *set_node(struct pattern_reader *reader, const struct byte_set *set)
{
	struct pattern_node *node = pattern_node(reader, NODE_SET);

	node->set = *set;
	return node;
}

static struct pattern_node *byte_node(struct pattern_reader *reader, unsigned char byte)
{
	struct byte_set set = { 0 };

	byte_set_add(&set, byte);
	if (reader->flags.caseless)
		byte_set_add(&set, pattern_other_case(byte));
	return set_node(reader, &set);
}

/* After "\k" or "\g", or the digits of a back reference. */
static struct pattern_node *reference_node(struct pattern_reader *reader)
{
	if (pattern_take(reader, "{"))
		pattern_take_until(reader, '}');
	else if (pattern_take(reader, "<"))
		pattern_take_until(reader, '>');
	else if (pattern_take(reader, "'"))
		pattern_take_until(reader, '\'');
	else
		while (char_is_digit(pattern_peek(reader)) || pattern_peek(reader) == '-' ||
		       pattern_peek(reader) == '+')
			pattern_take_char(reader);
	return pattern_node(reader, NODE_ANYTHING);
}

static struct pattern_node *byte_escape_node(struct pattern_reader *reader)
{
	struct pattern_escape escape;

	if (!pattern_escape_read(&reader->rest, false, &escape))
		reader->failed = true;
	return escape.byte >= 0 ? byte_node(reader, (unsigned char)escape.byte)
	                        : set_node(reader, &escape.set);
}

static struct pattern_node *escape_node(struct pattern_reader *reader)
{
	char letter = pattern_peek(reader);
	struct str rest = str_from_offset(reader->rest, 1);

	switch (letter) {
	case 'b':
	case 'B':
		reader->rest = rest;
		return pattern_assertion(reader, ASSERTION_OTHER);
	case 'A':
	case 'G':
		reader->rest = rest;
		return pattern_assertion(reader, ASSERTION_START);
	case 'z':
	case 'Z':
		reader->rest = rest;
		return pattern_assertion(reader, ASSERTION_END);
	case 'K':
		reader->rest = rest;
		return pattern_assertion(reader, ASSERTION_NONE);
	case 'R':
	case 'X':
		reader->rest = rest;
		return pattern_node(reader, NODE_ANYTHING);
	default:
		if (letter != 'k' && letter != 'g' && (letter < '1' || letter > '9'))
			return byte_escape_node(reader);
		reader->rest = rest;
		return reference_node(reader);
	}
}

static struct pattern_node *class_node(struct pattern_reader *reader)
{
	struct byte_set set = { 0 };

	if (pattern_take(reader, "[:<:]]") || pattern_take(reader, "[:>:]]"))
		return pattern_assertion(reader, ASSERTION_OTHER);
	if (!pattern_class_read(&reader->rest, &reader->flags, &set))
		reader->failed = true;
	return set_node(reader, &set);
}

static struct pattern_node *dot_node(struct pattern_reader *reader)
{
	struct byte_set set = { 0 };

	if (!reader->flags.dotall)
		byte_set_add(&set, '\n');
	byte_set_negate(&set);
	return set_node(reader, &set);
}

static struct pattern_node *read_atom(struct pattern_reader *reader)
{
	char c = pattern_take_char(reader);

	switch (reader->quoted ? '\0' : c) {
	case '\\':
		return escape_node(reader);
	case '[':
		return class_node(reader);
	case '(':
		return pattern_read_group(reader);
	case '.':
		return dot_node(reader);
	case '^':
		return pattern_assertion(reader, ASSERTION_START);
	case '$':
		return pattern_assertion(reader, ASSERTION_END);
	default:
		return byte_node(reader, (unsigned char)c);
	}
}

static struct pattern_node *read_repeated(struct pattern_reader *reader)
{
	struct pattern_node *atom = read_atom(reader), *node;
	uint32_t min, max;

	skip_nothing(reader);
	if (!pattern_read_quantifier(reader, &min, &max))
		return atom;
	skip_nothing(reader);
	if (!reader->quoted && !pattern_take(reader, "?"))
		pattern_take(reader, "+");
	node = pattern_node(reader, NODE_REPEAT);
	node->min = min;
	node->max = max;
	vec_push(reader->arena, &node->children, atom);
	return node;
}

/* After the last piece of a sequence. */
static bool at_end(const struct pattern_reader *reader)
{
	char c = reader->quoted ? '\0' : pattern_peek(reader);

	return reader->failed || reader->rest.len == 0 || c == '|' || c == ')';
}

static struct pattern_node *read_sequence(struct pattern_reader *reader)
{
	struct pattern_node *node = pattern_node(reader, NODE_SEQUENCE);

	for (skip_nothing(reader); !at_end(reader); skip_nothing(reader))
		vec_push(reader->arena, &node->children, read_repeated(reader));
	return node->children.len == 1 ? node->children.items[0] : node;
}

/* Alternatives of one byte each are one set. */
static void push_alternative(struct pattern_reader *reader, struct pattern_node *choice,
                             struct pattern_node *next)
{
	struct pattern_node *last =
		choice->children.len > 0 ? choice->children.items[choice->children.len - 1] : NULL;

	if (last != NULL && last->type == NODE_SET && next->type == NODE_SET)
		byte_set_join(&last->set, &next->set);
	else
		vec_push(reader->arena, &choice->children, next);
}

struct pattern_node *pattern_read_choice(struct pattern_reader *reader)
{
	struct pattern_node *first = read_sequence(reader), *node;
	bool one_alternative = reader->failed || pattern_peek(reader) != '|';

	if (!one_alternative) {
		node = pattern_node(reader, NODE_CHOICE);
		push_alternative(reader, node, first);
		while (!reader->failed && pattern_take(reader, "|"))
			push_alternative(reader, node, read_sequence(reader));
		first = node->children.len == 1 ? node->children.items[0] : node;
	}
	reader->one_alternative = one_alternative;
	return first;
}

/* Nodes of a tree, or CALLED_MAX for more, or where it holds `call`. */
static size_t count_nodes(const struct pattern_node *node, const struct pattern_node *call,
                          unsigned depth)
{
	size_t count = 1;

	if (node == call || depth > 2 * PATTERN_DEPTH_MAX)
		return CALLED_MAX;
	for (size_t i = 0; i < node->children.len && count < CALLED_MAX; i++)
		count += count_nodes(node->children.items[i], call, depth + 1);
	return count;
}

/*
 * A call matches what its group does. The groups mostly come after in the pattern, and call one
 * another in the order in which they are defined; a call within itself remains anything.
 */
static void fill_calls(struct pattern_reader *reader)
{
	for (size_t i = reader->calls.len; i-- > 0;) {
		const struct pattern_node *group = map_get(reader->named, reader->called.items[i]);
		struct pattern_node *call = reader->calls.items[i];

		if (group != NULL && count_nodes(group, call, 0) < CALLED_MAX)
			*call = *group;
	}
}

struct pattern_node *pattern_tree(struct arena *arena, struct str text, struct pattern_flags flags)
{
	struct pattern_reader reader = {
		.arena = arena,
		.rest = text,
		.flags = flags,
		.named = map_new(arena, MAP_EXACT),
	};
	struct pattern_node *node = pattern_read_choice(&reader);

	if (reader.failed || reader.rest.len > 0)
		return NULL;
	fill_calls(&reader);
	return count_nodes(node, NULL, 0) < CALLED_MAX ? node : NULL;
}
