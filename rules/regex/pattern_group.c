/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in parentheses in a pattern. */
#include <string.h>

#include "rules/regex/pattern_reader.h"

static struct pattern_node *empty_node(struct pattern_reader *reader)
{
	return pattern_assertion(reader, ASSERTION_NONE);
}

static struct pattern_node *read_to_close(struct pattern_reader *reader)
{
	struct pattern_node *node = pattern_read_choice(reader);
	bool one_alternative = reader->one_alternative;

	reader->failed = reader->failed || !pattern_take(reader, ")");
	reader->one_alternative = one_alternative;
	return node;
}

/* What is only looked at takes no text. */
static struct pattern_node *read_lookaround(struct pattern_reader *reader)
{
	read_to_close(reader);
	return pattern_assertion(reader, ASSERTION_OTHER);
}

static bool take_lookaround(struct pattern_reader *reader)
{
	return pattern_take(reader, "=") || pattern_take(reader, "!") ||
	       pattern_take(reader, "<=") || pattern_take(reader, "<!");
}

static struct pattern_node *named_group(struct pattern_reader *reader, char end)
{
	struct str name = pattern_take_until(reader, end);
	struct pattern_node *node;

	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '_')
			reader->failed = true;
	/* With a group of that name, (?(DEFINE) asks whether it matched. */
	if (str_eq(name, STR("DEFINE")))
		reader->failed = true;
	node = read_to_close(reader);
	/* Which one of several is called isn't told by the name. */
	if (map_get(reader->named, name) != NULL)
		node = pattern_node(reader, NODE_ANYTHING);
	map_set(reader->named, name, node);
	return node;
}

/* Filled once the whole pattern was read. */
static struct pattern_node *call_node(struct pattern_reader *reader, struct str name)
{
	struct pattern_node *node = pattern_node(reader, NODE_ANYTHING);

	vec_push(reader->arena, &reader->calls, node);
	vec_push(reader->arena, &reader->called, name);
	return node;
}

/* After "(?(DEFINE)": groups that are only called. */
static struct pattern_node *definitions(struct pattern_reader *reader)
{
	read_to_close(reader);
	return empty_node(reader);
}

static void skip_condition(struct pattern_reader *reader)
{
	if (!pattern_take(reader, "?"))
		pattern_take_until(reader, ')');
	else if (take_lookaround(reader))
		read_to_close(reader);
	else
		reader->failed = true;
}

/* After "(?(": the condition, then one of two, or one or nothing. */
static struct pattern_node *conditional_group(struct pattern_reader *reader)
{
	struct pattern_node *node, *choice;

	if (pattern_take(reader, "DEFINE)"))
		return definitions(reader);
	if (pattern_peek(reader) == '*')
		reader->failed = true;
	skip_condition(reader);
	choice = pattern_node(reader, NODE_CHOICE);
	vec_push(reader->arena, &choice->children, read_to_close(reader));
	if (reader->one_alternative)
		vec_push(reader->arena, &choice->children, empty_node(reader));
	node = pattern_node(reader, NODE_SEQUENCE);
	vec_push(reader->arena, &node->children, pattern_assertion(reader, ASSERTION_OTHER));
	vec_push(reader->arena, &node->children, choice);
	return node;
}

/* One letter of (?imsx-imsx). */
static void set_flag(struct pattern_reader *reader, char letter, bool on)
{
	struct pattern_flags *flags = &reader->flags;

	if (letter == 'i') {
		flags->caseless = on;
	} else if (letter == 's') {
		flags->dotall = on;
	} else if (letter == 'x') {
		flags->extended = on;
		flags->extended_more = pattern_take(reader, "x") && on;
	} else if (letter == '\0' || strchr("mnJU", letter) == NULL) {
		reader->failed = true;
	}
}

/* "i-sx)" of "(?i-sx)", or "i-sx:" and a group. */
static struct pattern_node *flags_group(struct pattern_reader *reader, bool *only_flags_r)
{
	bool on = true;

	if (pattern_take(reader, "^"))
		reader->flags = (struct pattern_flags){ 0 };
	while (!reader->failed) {
		char c = pattern_take_char(reader);

		if (c == ')') {
			*only_flags_r = true;
			return empty_node(reader);
		}
		if (c == ':')
			return read_to_close(reader);
		if (c == '-')
			on = false;
		else
			set_flag(reader, c, on);
	}
	return empty_node(reader);
}

/* After "(?": digits that name a group, with or without a sign. */
static bool is_numbered_call(const struct pattern_reader *reader)
{
	struct str rest = reader->rest;

	if (str_starts(rest, STR("+")) || str_starts(rest, STR("-")))
		rest = str_from_offset(rest, 1);
	return rest.len > 0 && char_is_digit(rest.data[0]);
}

/* After "(?C". With a text instead of a number it isn't understood. */
static struct pattern_node *callout(struct pattern_reader *reader)
{
	while (char_is_digit(pattern_peek(reader)))
		pattern_take_char(reader);
	reader->failed = reader->failed || !pattern_take(reader, ")");
	return empty_node(reader);
}

static struct pattern_node *special_group(struct pattern_reader *reader, bool *only_flags_r)
{
	if (take_lookaround(reader))
		return read_lookaround(reader);
	if (pattern_take(reader, ">") || pattern_take(reader, "|"))
		return read_to_close(reader);
	if (pattern_take(reader, "("))
		return conditional_group(reader);
	if (pattern_take(reader, "P<") || pattern_take(reader, "<"))
		return named_group(reader, '>');
	if (pattern_take(reader, "'"))
		return named_group(reader, '\'');
	if (pattern_take(reader, "&") || pattern_take(reader, "P>"))
		return call_node(reader, pattern_take_until(reader, ')'));
	if (pattern_take(reader, "C"))
		return callout(reader);
	if (pattern_take(reader, "P=") || pattern_take(reader, "R") || is_numbered_call(reader)) {
		pattern_take_until(reader, ')');
		return pattern_node(reader, NODE_ANYTHING);
	}
	return flags_group(reader, only_flags_r);
}

/* Flags set inside a group end with it; "(?x)" is no group. Verbs can end a match early. */
struct pattern_node *pattern_read_group(struct pattern_reader *reader)
{
	struct pattern_flags flags = reader->flags;
	bool only_flags = false;
	struct pattern_node *node;

	if (pattern_peek(reader) == '*' || ++reader->depth > PATTERN_DEPTH_MAX) {
		reader->failed = true;
		return empty_node(reader);
	}
	node = pattern_take(reader, "?") ? special_group(reader, &only_flags)
	                                 : read_to_close(reader);
	if (!only_flags)
		reader->flags = flags;
	reader->depth--;
	return node;
}
