/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/pattern_source.h"

#include <string.h>

#include "rules/regex/pattern_class.h"

static char closing_delimiter(char open)
{
	static const char open_set[] = "{(<[", close_set[] = "})>]";
	const char *found = open != '\0' ? strchr(open_set, open) : NULL;

	return found != NULL ? close_set[found - open_set] : open;
}

static bool fail(size_t offset, size_t *offset_r, struct error *err_r, const char *what)
{
	*offset_r = offset;
	return error_set(err_r, "%s", what);
}

/* How many bytes the opening takes, 0 where it isn't one. */
static size_t opening(struct str source, char *delimiter_r)
{
	size_t letters = 0;

	if (source.len > 0 && source.data[0] == '/')
		letters = 0;
	else if (str_starts(source, STR("qr")))
		letters = 2;
	else if (str_starts(source, STR("m")))
		letters = 1;
	else
		return 0;
	if (source.len <= letters)
		return 0;
	*delimiter_r = source.data[letters];
	if (char_is_alnum(*delimiter_r) || *delimiter_r == '_' || *delimiter_r == '\\')
		return 0;
	return letters + 1;
}

/* A delimiter that isn't one of a pair may stand in the pattern after a backslash only. */
static bool check_delimiter(const struct pattern_source *split, char delimiter, size_t *offset_r,
                            struct error *err_r)
{
	for (size_t i = 0; i < split->body.len; i++) {
		if (split->body.data[i] == '\\')
			i++;
		else if (split->body.data[i] == delimiter)
			return fail(
				split->body_offset + i, offset_r, err_r,
				"the delimiter stands in the pattern; put a backslash before it");
	}
	return true;
}

bool pattern_source_split(struct str source, struct pattern_source *split_r, size_t *offset_r,
                          struct error *err_r)
{
	char delimiter = '/';
	size_t begin = opening(source, &delimiter);
	size_t end = source.len;
	char closing;

	if (begin == 0)
		return fail(0, offset_r, err_r,
		            "no pattern in delimiters; write it as /…/ or m{…}");
	closing = closing_delimiter(delimiter);
	while (end > begin && char_is_alpha(source.data[end - 1]) &&
	       source.data[end - 1] != closing)
		end--;
	if (end == begin || source.data[end - 1] != closing)
		return fail(source.len, offset_r, err_r, "the pattern has no closing delimiter");
	split_r->body = (struct str){ source.data + begin, end - 1 - begin };
	split_r->body_offset = begin;
	split_r->modifiers = str_from_offset(source, end);
	if (closing == delimiter)
		return check_delimiter(split_r, delimiter, offset_r, err_r);
	return true;
}

/* Perl reads {,n} as {0,n} since 5.34, PCRE2 as text. Returns bytes read, 0 for anything else. */
static size_t open_repeat(struct str rest)
{
	size_t i = 2;

	if (!str_starts(rest, STR("{,")))
		return 0;
	while (i < rest.len && char_is_digit(rest.data[i]))
		i++;
	return i > 2 && i < rest.len && rest.data[i] == '}' ? i + 1 : 0;
}

size_t pattern_class_length(struct str body, size_t offset)
{
	const struct pattern_flags flags = { 0 };
	struct str rest = str_from_offset(body, offset + 1);
	struct byte_set set;

	return pattern_class_read(&rest, &flags, &set) ? body.len - offset - rest.len : 1;
}

/* The length of a quoted text at the beginning, with \Q and \E; 0 where none is. */
static size_t quoted_length(struct str rest)
{
	ptrdiff_t end = str_find(rest, STR("\\E"));

	if (!str_starts(rest, STR("\\Q")))
		return 0;
	return end < 0 ? rest.len : (size_t)end + 2;
}

struct str pattern_for_pcre2(struct arena *arena, struct str body)
{
	struct strbuf out;

	if (str_find(body, STR("{,")) < 0)
		return arena_str(arena, body);
	strbuf_init(&out, arena);
	for (size_t i = 0; i < body.len;) {
		struct str rest = str_from_offset(body, i);
		size_t take = 1;

		if (quoted_length(rest) > 0) {
			take = quoted_length(rest);
		} else if (body.data[i] == '\\' && i + 1 < body.len) {
			take = 2;
		} else if (body.data[i] == '[') {
			take = pattern_class_length(body, i);
		} else if (open_repeat(rest) > 0) {
			strbuf_add(&out, STR("{0"));
			i++;
			continue;
		}
		strbuf_add(&out, (struct str){ body.data + i, take });
		i += take;
	}
	return strbuf_str(&out);
}
