/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/people.h"

#include "message/uri.h"

/* RFC 5321 section 4.5.3.1, with room for *. */
#define PATTERN_MAX 320
/* Of a Message-ID, what tells it from others. */
#define MESSAGE_ID_MAX 300

struct str people_thread(struct arena *arena, struct str message_id, struct str domain)
{
	return arena_printf(arena, "%.*s %.*s", STR_FMT(str_prefix(message_id, MESSAGE_ID_MAX)),
	                    STR_FMT(domain));
}

static bool is_wild(char c)
{
	return c == '*' || c == '?';
}

bool people_is_glob(struct str pattern)
{
	size_t first = str_starts(pattern, STR("*@")) ? 2 : 0;

	for (size_t i = first; i < pattern.len; i++)
		if (is_wild(pattern.data[i]))
			return true;
	return false;
}

/* Would it fit every sender, or those of a whole top-level domain? */
static bool fits_too_much(struct str pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (!is_wild(pattern.data[i]) && pattern.data[i] != '@' && pattern.data[i] != '.')
			return false;
	return true;
}

static bool has_bad_character(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == ',' || c == ';')
			return true;
	}
	return false;
}

/* The domain of an address or pattern in the form that mail has it. */
static struct str with_ascii_domain(struct arena *arena, struct str address)
{
	ptrdiff_t at = str_rfind_char(address, '@');
	struct str domain = str_from_offset(address, (size_t)(at + 1));

	return arena_printf(arena, "%.*s%.*s", STR_FMT(str_prefix(address, (size_t)(at + 1))),
	                    STR_FMT(uri_host_to_ascii(arena, domain)));
}

static struct str without_brackets(struct str typed)
{
	if (typed.len >= 2 && typed.data[0] == '<' && typed.data[typed.len - 1] == '>')
		return (struct str){ typed.data + 1, typed.len - 2 };
	return typed;
}

bool people_pattern(struct arena *arena, struct str typed, struct str *pattern_r,
                    struct error *err_r)
{
	struct str pattern = arena_str_lower(arena, without_brackets(str_trim(typed)));
	ptrdiff_t at = str_find_char(pattern, '@');

	if (pattern.len == 0 || pattern.len > PATTERN_MAX || has_bad_character(pattern))
		return error_set(err_r,
		                 "\"%.*s\" is no address; write joe@example.com, example.com for "
		                 "all of a domain, or a pattern with * and ?",
		                 STR_FMT(str_prefix(typed, 100)));
	if (at == 0)
		pattern = arena_printf(arena, "*%.*s", STR_FMT(pattern));
	else if (at < 0)
		pattern = arena_printf(arena, "*@%.*s", STR_FMT(pattern));
	pattern = with_ascii_domain(arena, pattern);
	if (fits_too_much(pattern) || pattern.data[pattern.len - 1] == '@')
		return error_set(err_r, "\"%.*s\" would fit every sender; name a domain",
		                 STR_FMT(str_prefix(typed, 100)));
	*pattern_r = pattern;
	return true;
}

bool people_scope(struct arena *arena, struct str typed, struct str *scope_r, struct error *err_r)
{
	struct str scope = arena_str_lower(arena, without_brackets(str_trim(typed)));
	ptrdiff_t at = str_rfind_char(scope, '@');

	if (scope.len > 0 && scope.data[0] == '@')
		scope = str_from_offset(scope, 1), at = -1;
	if (scope.len == 0 || scope.len > PATTERN_MAX || has_bad_character(scope) ||
	    (size_t)(at + 1) == scope.len || str_find_char(scope, '*') >= 0 ||
	    str_find_char(scope, '?') >= 0)
		return error_set(err_r,
		                 "\"%.*s\" is neither an address nor a domain; write "
		                 "joe@example.com or example.com",
		                 STR_FMT(str_prefix(typed, 100)));
	*scope_r = with_ascii_domain(arena, scope);
	return true;
}
