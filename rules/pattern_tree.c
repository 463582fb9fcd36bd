/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/pattern_tree.h"

#include <string.h>

#include "base/map.h"
#include "rules/pattern_class.h"

#define DEPTH_MAX 60
/* Nodes that calls of groups may add to a tree, in all. */
#define CALLED_MAX 100000

struct tree_reader {
	struct arena *arena;
	struct str rest;
	struct pattern_flags flags;
	bool failed;
	unsigned depth;
	struct map *named;           /* struct node of each named group */
	vec_of(struct node *) calls; /* sequences that become copies of a group */
	vec_of(struct str) called;   /* its name, for each of them */
};

static struct node *read_choice(struct tree_reader *reader);

static struct node *new_node(struct tree_reader *reader, enum node_type type)
{
	struct node *node = arena_new_object(reader->arena, struct node);

	node->type = type;
	return node;
}

static bool take(struct tree_reader *reader, const char *text)
{
	struct str expected = str_from(text);

	if (!str_starts(reader->rest, expected))
		return false;
	reader->rest = str_from_offset(reader->rest, expected.len);
	return true;
}

static char peek(const struct tree_reader *reader)
{
	return reader->rest.len > 0 ? reader->rest.data[0] : '\0';
}

static char take_char(struct tree_reader *reader)
{
	char c = peek(reader);

	reader->failed = reader->failed || reader->rest.len == 0;
	reader->rest = str_from_offset(reader->rest, 1);
	return c;
}

/* The text up to the character, which is taken too. */
static struct str take_until(struct tree_reader *reader, char end)
{
	ptrdiff_t at = str_find_char(reader->rest, end);
	struct str text = str_prefix(reader->rest, at < 0 ? 0 : (size_t)at);

	reader->failed = reader->failed || at < 0;
	reader->rest = str_from_offset(reader->rest, text.len + 1);
	return text;
}

static void skip_blanks(struct tree_reader *reader)
{
	while (reader->flags.extended && reader->rest.len > 0) {
		if (peek(reader) == '#')
			take_until(reader, '\n');
		else if (char_is_space(peek(reader)))
			take_char(reader);
		else
			return;
	}
}

static struct node *set_node(struct tree_reader *reader, const struct byte_set *set)
{
	struct node *node = new_node(reader, NODE_SET);

	node->set = *set;
	return node;
}

static struct node *byte_node(struct tree_reader *reader, char c)
{
	struct byte_set set = { 0 };

	byte_set_add(&set, (unsigned char)c);
	if (reader->flags.caseless)
		pattern_class_fold(&set);
	return set_node(reader, &set);
}

static struct node *empty_node(struct tree_reader *reader)
{
	return new_node(reader, NODE_SEQUENCE);
}

static struct node *quoted_node(struct tree_reader *reader)
{
	struct node *node = new_node(reader, NODE_SEQUENCE);

	while (reader->rest.len > 0 && !take(reader, "\\E"))
		vec_push(reader->arena, &node->children, byte_node(reader, take_char(reader)));
	/* A quantifier would be for the last byte alone. */
	if (peek(reader) != '\0' && strchr("*+?{", peek(reader)) != NULL)
		reader->failed = true;
	return node;
}

/* Behind "\k" or "\g", or the digits of a back reference. */
static struct node *reference_node(struct tree_reader *reader)
{
	if (take(reader, "{"))
		take_until(reader, '}');
	else if (take(reader, "<"))
		take_until(reader, '>');
	else if (take(reader, "'"))
		take_until(reader, '\'');
	else
		while (char_is_digit(peek(reader)) || peek(reader) == '-' || peek(reader) == '+')
			take_char(reader);
	return new_node(reader, NODE_ANYTHING);
}

static struct node *escape_node(struct tree_reader *reader)
{
	char letter = peek(reader);
	struct byte_set set = { 0 };

	if (letter == 'Q' || letter == 'E') {
		take_char(reader);
		return letter == 'Q' ? quoted_node(reader) : empty_node(reader);
	}
	if (letter != '\0' && strchr("bBAzZGK", letter) != NULL) {
		take_char(reader);
		return empty_node(reader);
	}
	if (letter == 'k' || letter == 'g' || (letter >= '1' && letter <= '9')) {
		take_char(reader);
		return reference_node(reader);
	}
	if (letter == 'R' || letter == 'X') {
		take_char(reader);
		return new_node(reader, NODE_ANYTHING);
	}
	if (!pattern_class_escape(&reader->rest, false, &set))
		reader->failed = true;
	if (reader->flags.caseless)
		pattern_class_fold(&set);
	return set_node(reader, &set);
}

static struct node *class_node(struct tree_reader *reader)
{
	struct byte_set set;

	if (!pattern_class_read(&reader->rest, &reader->flags, &set))
		reader->failed = true;
	return set_node(reader, &set);
}

static struct node *read_to_close(struct tree_reader *reader)
{
	struct node *node = read_choice(reader);

	reader->failed = reader->failed || !take(reader, ")");
	return node;
}

/* What is only looked at takes no text. */
static struct node *read_assertion(struct tree_reader *reader)
{
	read_to_close(reader);
	return empty_node(reader);
}

static struct node *named_group(struct tree_reader *reader, char end)
{
	struct str name = take_until(reader, end);
	struct node *node = read_to_close(reader);

	map_set(reader->named, name, node);
	return node;
}

/* Filled once the whole pattern was read. */
static struct node *call_node(struct tree_reader *reader, struct str name)
{
	struct node *node = new_node(reader, NODE_ANYTHING);

	vec_push(reader->arena, &reader->calls, node);
	vec_push(reader->arena, &reader->called, name);
	return node;
}

/* Behind "(?(": the condition, then one of two. */
static struct node *conditional_group(struct tree_reader *reader)
{
	struct node *node;
	bool define = take(reader, "DEFINE)");

	if (!define) {
		if (peek(reader) == '?' || peek(reader) == '*')
			reader->failed = true;
		take_until(reader, ')');
	}
	node = read_to_close(reader);
	if (define)
		return empty_node(reader);
	if (node->type == NODE_CHOICE) {
		vec_push(reader->arena, &node->children, empty_node(reader));
		return node;
	}
	return new_node(reader, NODE_ANYTHING);
}

/* "i-sx" of "(?i-sx)" or "(?i-sx:". */
static struct node *flags_group(struct tree_reader *reader, bool *only_flags_r)
{
	bool on = true;

	while (!reader->failed) {
		char c = take_char(reader);

		if (c == ')') {
			*only_flags_r = true;
			return empty_node(reader);
		}
		if (c == ':')
			return read_to_close(reader);
		if (c == '-')
			on = false;
		else if (!pattern_flag_set(&reader->flags, c, on))
			reader->failed = true;
	}
	return empty_node(reader);
}

static struct node *special_group(struct tree_reader *reader, bool *only_flags_r)
{
	if (take(reader, "#")) {
		take_until(reader, ')');
		return empty_node(reader);
	}
	if (take(reader, "=") || take(reader, "!") || take(reader, "<=") || take(reader, "<!"))
		return read_assertion(reader);
	if (take(reader, ">") || take(reader, "|"))
		return read_to_close(reader);
	if (take(reader, "("))
		return conditional_group(reader);
	if (take(reader, "P<") || take(reader, "<"))
		return named_group(reader, '>');
	if (take(reader, "'"))
		return named_group(reader, '\'');
	if (take(reader, "&") || take(reader, "P>"))
		return call_node(reader, take_until(reader, ')'));
	if (take(reader, "P=") || take(reader, "R") || char_is_digit(peek(reader)) ||
	    peek(reader) == '+' ||
	    (peek(reader) == '-' && reader->rest.len > 1 && char_is_digit(reader->rest.data[1]))) {
		take_until(reader, ')');
		return new_node(reader, NODE_ANYTHING);
	}
	return flags_group(reader, only_flags_r);
}

/* Behind "(". Flags set inside a group end with it; "(?x)" is no group. */
static struct node *read_group(struct tree_reader *reader)
{
	struct pattern_flags flags = reader->flags;
	bool only_flags = false;
	struct node *node;

	if (take(reader, "*") || ++reader->depth > DEPTH_MAX) {
		reader->failed = true;
		return empty_node(reader);
	}
	node = take(reader, "?") ? special_group(reader, &only_flags) : read_to_close(reader);
	if (!only_flags)
		reader->flags = flags;
	reader->depth--;
	return node;
}

static struct node *read_atom(struct tree_reader *reader)
{
	struct byte_set set;
	char c = take_char(reader);

	switch (c) {
	case '\\':
		return escape_node(reader);
	case '[':
		return class_node(reader);
	case '(':
		return read_group(reader);
	case '.':
		memset(&set, 0xff, sizeof(set));
		if (!reader->flags.dotall)
			set.bits[0] &= ~(UINT64_C(1) << '\n');
		return set_node(reader, &set);
	case '^':
	case '$':
		return empty_node(reader);
	default:
		return byte_node(reader, c);
	}
}

/* "{n}", "{n,}" or "{n,m}"; anything else in braces is text. */
static bool read_braces(struct tree_reader *reader, uint32_t *min_r, uint32_t *max_r)
{
	ptrdiff_t end = str_find_char(reader->rest, '}');
	struct str inside, first;
	uint64_t min, max;

	if (end < 0)
		return false;
	inside = str_from_offset(str_prefix(reader->rest, (size_t)end), 1);
	if (!str_next_piece(&inside, ',', &first) || !str_to_uint(first, 65535, &min))
		return false;
	max = inside.data == NULL ? min : NODE_NO_MAX;
	if (inside.data != NULL && inside.len > 0 && !str_to_uint(inside, 65535, &max))
		return false;
	*min_r = (uint32_t)min;
	*max_r = (uint32_t)max;
	reader->rest = str_from_offset(reader->rest, (size_t)end + 1);
	return true;
}

/* False where there is none. */
static bool read_quantifier(struct tree_reader *reader, uint32_t *min_r, uint32_t *max_r)
{
	char c = peek(reader);

	if (c == '{')
		return read_braces(reader, min_r, max_r);
	if (c != '+' && c != '?' && c != '*')
		return false;
	take_char(reader);
	*min_r = c == '+' ? 1 : 0;
	*max_r = c == '?' ? 1 : NODE_NO_MAX;
	return true;
}

static struct node *read_repeated(struct tree_reader *reader)
{
	struct node *atom = read_atom(reader), *node;
	uint32_t min, max;

	skip_blanks(reader);
	if (!read_quantifier(reader, &min, &max))
		return atom;
	if (!take(reader, "?"))
		take(reader, "+");
	node = new_node(reader, NODE_REPEAT);
	node->min = min;
	node->max = max;
	vec_push(reader->arena, &node->children, atom);
	return node;
}

/* Behind the last piece of a sequence. */
static bool at_end(const struct tree_reader *reader)
{
	return reader->failed || reader->rest.len == 0 || reader->rest.data[0] == '|' ||
	       reader->rest.data[0] == ')';
}

static struct node *read_sequence(struct tree_reader *reader)
{
	struct node *node = new_node(reader, NODE_SEQUENCE);

	for (skip_blanks(reader); !at_end(reader); skip_blanks(reader))
		vec_push(reader->arena, &node->children, read_repeated(reader));
	return node->children.len == 1 ? node->children.items[0] : node;
}

/* Alternatives of one byte each are one set. */
static void push_alternative(struct tree_reader *reader, struct node *choice, struct node *next)
{
	struct node *last =
		choice->children.len > 0 ? choice->children.items[choice->children.len - 1] : NULL;

	if (last != NULL && last->type == NODE_SET && next->type == NODE_SET)
		byte_set_join(&last->set, &next->set);
	else
		vec_push(reader->arena, &choice->children, next);
}

static struct node *read_choice(struct tree_reader *reader)
{
	struct node *first = read_sequence(reader), *node;

	if (reader->failed || peek(reader) != '|')
		return first;
	node = new_node(reader, NODE_CHOICE);
	push_alternative(reader, node, first);
	while (!reader->failed && take(reader, "|"))
		push_alternative(reader, node, read_sequence(reader));
	return node->children.len == 1 ? node->children.items[0] : node;
}

static size_t count_nodes(const struct node *node, unsigned depth)
{
	size_t count = 1;

	if (depth > 2 * DEPTH_MAX)
		return CALLED_MAX;
	for (size_t i = 0; i < node->children.len && count < CALLED_MAX; i++)
		count += count_nodes(node->children.items[i], depth + 1);
	return count;
}

/*
 * A call matches what its group does. The groups stand behind in the pattern, and call one another
 * in the order in which they are defined; a call within itself remains anything.
 */
static void fill_calls(struct tree_reader *reader)
{
	for (size_t i = reader->calls.len; i-- > 0;) {
		const struct node *group = map_get(reader->named, reader->called.items[i]);
		struct node *call = reader->calls.items[i];

		if (group == NULL || group == call || count_nodes(group, 0) >= CALLED_MAX)
			continue;
		*call = *group;
	}
}

struct node *pattern_tree(struct arena *arena, struct str text, bool caseless, bool dotall,
                          bool extended)
{
	struct tree_reader reader = {
		.arena = arena,
		.rest = text,
		.flags = { .caseless = caseless, .dotall = dotall, .extended = extended },
		.named = map_new(arena, MAP_EXACT),
	};
	struct node *node = read_choice(&reader);

	if (reader.failed || reader.rest.len > 0)
		return NULL;
	fill_calls(&reader);
	return count_nodes(node, 0) < CALLED_MAX ? node : NULL;
}
