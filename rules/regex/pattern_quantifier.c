/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often a piece of a pattern may come: *, +, ? and {n,m}. */
#include "rules/regex/pattern_reader.h"

/* A count that PCRE2 takes. */
#define COUNT_MAX 65535

static struct str take_count(struct str *rest)
{
	struct str digits = *rest;
	size_t len = 0;

	while (len < rest->len && char_is_digit(rest->data[len]))
		len++;
	*rest = str_from_offset(*rest, len);
	return str_prefix(digits, len);
}

/* Is it {n}, {n,} or {n,m} but for blanks, or without n? That is text to some versions of PCRE2. */
static bool is_nearly_braces(struct str text)
{
	size_t len = 1, digits = 0;

	while (len < text.len && (char_is_digit(text.data[len]) || text.data[len] == ',' ||
	                          text.data[len] == ' ' || text.data[len] == '\t'))
		digits += char_is_digit(text.data[len++]);
	return digits > 0 && len < text.len && text.data[len] == '}';
}

/* "{n}", "{n,}" or "{n,m}"; anything else in braces is text. */
static bool read_braces(struct pattern_reader *reader, uint32_t *min_r, uint32_t *max_r)
{
	struct str rest = str_from_offset(reader->rest, 1), first = take_count(&rest);
	bool open = str_starts(rest, STR(","));
	struct str second = open ? (rest = str_from_offset(rest, 1), take_count(&rest)) : first;
	uint64_t min, max = NODE_NO_MAX;

	if (first.len == 0 || !str_starts(rest, STR("}"))) {
		reader->failed = reader->failed || is_nearly_braces(reader->rest);
		return false;
	}
	if (!str_to_uint(first, COUNT_MAX, &min) ||
	    (second.len > 0 && !str_to_uint(second, COUNT_MAX, &max))) {
		reader->failed = true;
		return false;
	}
	*min_r = (uint32_t)min;
	*max_r = (uint32_t)max;
	reader->rest = str_from_offset(rest, 1);
	return true;
}

bool pattern_read_quantifier(struct pattern_reader *reader, uint32_t *min_r, uint32_t *max_r)
{
	char c = reader->quoted ? '\0' : pattern_peek(reader);

	if (c == '{')
		return read_braces(reader, min_r, max_r);
	if (c != '+' && c != '?' && c != '*')
		return false;
	pattern_take_char(reader);
	*min_r = c == '+' ? 1 : 0;
	*max_r = c == '?' ? 1 : NODE_NO_MAX;
	return true;
}
