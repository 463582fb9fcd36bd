/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/auth_results_read.h"

#include "base/strbuf.h"

/* The end of a comment or of a quoted text that begins there; else the next byte. */
static size_t end_of_token(struct str text, size_t at)
{
	char first = text.data[at++];
	size_t depth = 1;

	if (first != '(' && first != '"')
		return at;
	while (at < text.len && depth > 0) {
		if (text.data[at] == '\\')
			at++;
		else if (first == '"')
			depth -= text.data[at] == '"';
		else if (text.data[at] == '(')
			depth++;
		else
			depth -= text.data[at] == ')';
		at++;
	}
	return at < text.len ? at : text.len;
}

/* Up to the next ";", comments left out. */
static struct str take_clause(struct arena *arena, struct str *text, struct str *comment_r)
{
	struct strbuf buf, comment;
	size_t at = 0;

	strbuf_init(&buf, arena);
	strbuf_init(&comment, arena);
	while (at < text->len && text->data[at] != ';') {
		size_t end = end_of_token(*text, at);

		if (text->data[at] == '(') {
			strbuf_add_char(&buf, ' ');
			strbuf_add(&comment, (struct str){ text->data + at + 1, end - at - 1 });
			comment.len -= comment.len > 0 && text->data[end - 1] == ')';
			strbuf_add_char(&comment, ' ');
		} else {
			strbuf_add(&buf, str_prefix(str_from_offset(*text, at), end - at));
		}
		at = end;
	}
	*text = str_from_offset(*text, at < text->len ? at + 1 : at);
	*comment_r = strbuf_str(&comment);
	return str_trim(strbuf_str(&buf));
}

bool auth_results_next(struct arena *arena, struct str *text, struct auth_result *result_r)
{
	struct str clause, method;
	ptrdiff_t sign, version;

	*result_r = (struct auth_result){ 0 };
	if (text->len == 0)
		return false;
	clause = take_clause(arena, text, &result_r->comment);
	sign = str_find_char(clause, '=');
	method = str_prefix(clause, sign < 0 ? 0 : (size_t)sign);
	version = str_find_char(method, '/');
	if (version >= 0)
		method = str_prefix(method, (size_t)version);
	result_r->rest = str_from_offset(clause, sign < 0 ? clause.len : (size_t)sign + 1);
	if (str_next_word(&result_r->rest, &result_r->value))
		result_r->method = str_trim(method);
	return true;
}

static struct str without_quotes(struct str value)
{
	if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
		return (struct str){ value.data + 1, value.len - 2 };
	return value;
}

struct str auth_results_host(struct arena *arena, struct str *text)
{
	struct str rest = *text, comment, clause = take_clause(arena, &rest, &comment), host;

	if (!str_next_word(&clause, &host) || str_find_char(host, '=') >= 0)
		return STR("");
	*text = rest;
	return without_quotes(host);
}

struct str auth_result_property(const struct auth_result *result, struct str name)
{
	struct str rest = result->rest, word;

	while (str_next_word(&rest, &word))
		if (str_starts_ci(word, name) && word.len > name.len && word.data[name.len] == '=')
			return without_quotes(str_from_offset(word, name.len + 1));
	return STR("");
}
