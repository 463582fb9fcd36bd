/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/spf_macro.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"

#define DELIMITERS ".-+,/_="
#define KEEP_MAX   128 /* more parts than any name has labels */

/* One element of a macro string: a run of literal text, an escape, or a macro. */
struct piece {
	struct str literal; /* where letter is 0 */
	char letter;        /* lower case */
	bool escape;        /* %%, %_ or %-: ends a domain-spec as a macro does */
	bool url;
	bool reverse;
	unsigned keep; /* right-hand parts to keep; 0: all */
	struct str delimiters;
};

static bool fail(const char **problem_r, const char *problem)
{
	*problem_r = problem;
	return false;
}

static bool is_literal(char c)
{
	return c > ' ' && c < 0x7f && c != '%';
}

static bool read_escape(char c, struct piece *piece)
{
	piece->escape = true;
	switch (c) {
	case '%':
		piece->literal = STR("%");
		return true;
	case '_':
		piece->literal = STR(" ");
		return true;
	case '-':
		piece->literal = STR("%20");
		return true;
	}
	return false;
}

/* The digits of "transformers"; they may be missing, but not be zero. */
static bool read_keep(struct str *rest, struct piece *piece)
{
	bool digits = false;

	while (rest->len > 0 && char_is_digit(rest->data[0])) {
		digits = true;
		piece->keep = piece->keep * 10 + (unsigned)(rest->data[0] - '0');
		if (piece->keep > KEEP_MAX)
			piece->keep = KEEP_MAX;
		*rest = str_from_offset(*rest, 1);
	}
	return !digits || piece->keep > 0;
}

/* What follows "%{". */
static bool read_macro(struct str *rest, struct piece *piece, const char **problem_r)
{
	size_t len = 0;

	if (rest->len == 0 || !char_is_alpha(rest->data[0]))
		return fail(problem_r, "\"%{\" must be followed by a macro letter");
	piece->letter = char_lower(rest->data[0]);
	piece->url = piece->letter != rest->data[0];
	if (strchr("slodiphcrtv", piece->letter) == NULL)
		return fail(problem_r, "unknown macro letter");
	*rest = str_from_offset(*rest, 1);
	if (!read_keep(rest, piece))
		return fail(problem_r, "the number of parts in a macro must not be zero");
	if (rest->len > 0 && char_lower(rest->data[0]) == 'r') {
		piece->reverse = true;
		*rest = str_from_offset(*rest, 1);
	}
	while (len < rest->len && rest->data[len] != '\0' &&
	       strchr(DELIMITERS, rest->data[len]) != NULL)
		len++;
	piece->delimiters = str_prefix(*rest, len);
	*rest = str_from_offset(*rest, len);
	if (rest->len == 0 || rest->data[0] != '}')
		return fail(problem_r, "a macro must end in \"}\"");
	*rest = str_from_offset(*rest, 1);
	return true;
}

/* The next element of a text that is not empty. */
static bool next_piece(struct str *rest, struct piece *piece, const char **problem_r)
{
	size_t len = 0;

	*piece = (struct piece){ 0 };
	while (len < rest->len && (is_literal(rest->data[len]) || rest->data[len] == ' '))
		len++;
	if (len > 0) {
		piece->literal = str_prefix(*rest, len);
		*rest = str_from_offset(*rest, len);
		return true;
	}
	if (rest->data[0] != '%')
		return fail(problem_r, "only printable ASCII is allowed");
	if (rest->len >= 2 && read_escape(rest->data[1], piece)) {
		*rest = str_from_offset(*rest, 2);
		return true;
	}
	if (rest->len < 2 || rest->data[1] != '{')
		return fail(problem_r, "\"%\" must be followed by \"{\", \"%\", \"_\" or \"-\"");
	*rest = str_from_offset(*rest, 2);
	return read_macro(rest, piece, problem_r);
}

/* "." toplabel [ "." ] at the end of the last run of literal text. */
static bool ends_in_toplabel(struct str literal)
{
	bool alpha = false, dash = false;
	ptrdiff_t dot;
	struct str label;

	if (literal.len > 0 && literal.data[literal.len - 1] == '.')
		literal.len--;
	dot = str_rfind_char(literal, '.');
	if (dot < 0)
		return false;
	label = str_from_offset(literal, (size_t)dot + 1);
	if (label.len == 0 || !char_is_alnum(label.data[0]) ||
	    !char_is_alnum(label.data[label.len - 1]))
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!char_is_alnum(label.data[i]) && label.data[i] != '-')
			return false;
		alpha |= char_is_alpha(label.data[i]);
		dash |= label.data[i] == '-';
	}
	return alpha || dash;
}

bool spf_macro_check(struct str text, enum spf_macro_use use, const char **problem_r)
{
	struct piece piece = { 0 };
	bool any = text.len > 0;

	while (text.len > 0) {
		if (!next_piece(&text, &piece, problem_r))
			return false;
		if (use == SPF_MACRO_EXPLAIN)
			continue;
		if (str_find_char(piece.literal, ' ') >= 0 && !piece.escape)
			return fail(problem_r, "a space is not allowed");
		if (piece.letter != 0 && strchr("crt", piece.letter) != NULL)
			return fail(problem_r, "this macro letter is for explanations only");
	}
	if (use != SPF_MACRO_DOMAIN_SPEC)
		return true;
	if (!any)
		return fail(problem_r, "the domain is missing");
	if (piece.letter == 0 && !piece.escape && !ends_in_toplabel(piece.literal))
		return fail(problem_r, "the domain must end in a dot and a top-level name");
	return true;
}

bool spf_macro_uses_client_name(struct str text)
{
	const char *problem;
	struct piece piece;

	while (text.len > 0 && next_piece(&text, &piece, &problem))
		if (piece.letter == 'p')
			return true;
	return false;
}

static struct str value_of(char letter, const struct spf_macro_values *values)
{
	switch (letter) {
	case 's':
		return values->sender;
	case 'l':
		return values->local;
	case 'o':
		return values->domain;
	case 'd':
		return values->current;
	case 'i':
		return values->ip;
	case 'p':
		return values->client_name;
	case 'v':
		return values->ip_version;
	case 'h':
		return values->helo;
	case 'c':
		return values->pretty_ip;
	case 'r':
		return values->receiver;
	default:
		return values->time;
	}
}

/* Splits the value, keeps and orders its parts, and joins them with dots. */
static struct str transform(struct arena *arena, const struct piece *piece, struct str value)
{
	struct str delimiters = piece->delimiters.len > 0 ? piece->delimiters : STR(".");
	struct str_list parts = { 0 };
	struct strbuf joined;
	size_t start = 0, first;

	for (size_t i = 0; i <= value.len; i++) {
		if (i < value.len && str_find_char(delimiters, value.data[i]) < 0)
			continue;
		vec_push(arena, &parts, str_prefix(str_from_offset(value, start), i - start));
		start = i + 1;
	}
	first = piece->keep > 0 && piece->keep < parts.len ? parts.len - piece->keep : 0;
	strbuf_init(&joined, arena);
	for (size_t i = first; i < parts.len; i++) {
		if (i > first)
			strbuf_add_char(&joined, '.');
		/* Reversal comes first, so the parts that are kept are the leftmost ones. */
		strbuf_add(&joined,
		           piece->reverse ? parts.items[parts.len - 1 - i] : parts.items[i]);
	}
	return strbuf_str(&joined);
}

static void add_url_escaped(struct strbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (char_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			strbuf_add_char(out, c);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)c);
	}
}

bool spf_macro_expand(struct arena *arena, struct str text, const struct spf_macro_values *values,
                      struct str *expanded_r)
{
	struct strbuf out;
	const char *problem;
	struct piece piece;

	strbuf_init(&out, arena);
	while (text.len > 0 && next_piece(&text, &piece, &problem)) {
		struct str value = piece.literal;

		if (piece.letter != 0)
			value = value_of(piece.letter, values);
		if (out.len + 3 * value.len > SPF_EXPANSION_MAX)
			return false;
		if (piece.keep > 0 || piece.reverse || piece.delimiters.len > 0)
			value = transform(arena, &piece, value);
		if (piece.url)
			add_url_escaped(&out, value);
		else
			strbuf_add(&out, value);
	}
	*expanded_r = strbuf_str(&out);
	return true;
}
