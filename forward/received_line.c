/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/received_line.h"

/* The next word outside of comments. */
static bool next_word(struct str *rest, struct str *word_r)
{
	unsigned depth = 0;
	size_t i = 0, start;

	for (; i < rest->len; i++) {
		char c = rest->data[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !char_is_space(c))
			break;
	}
	start = i;
	while (i < rest->len && !char_is_space(rest->data[i]) && rest->data[i] != '(')
		i++;
	*word_r = (struct str){ rest->data + start, i - start };
	*rest = str_from_offset(*rest, i);
	return word_r->len > 0;
}

/* The same without the semicolon in front of the date. */
static bool next_item(struct str *rest, struct str *word_r)
{
	bool found = next_word(rest, word_r);

	if (found && word_r->data[word_r->len - 1] == ';')
		word_r->len--;
	return found;
}

/* The address is the last thing in angle brackets: only a date follows it. */
static struct str bracketed(struct str text)
{
	ptrdiff_t start = str_find_char(text, '<'), end = str_rfind_char(text, '>');

	if (start < 0 || end < start)
		return STR("");
	text = str_prefix(text, (size_t)end);
	return str_from_offset(text, (size_t)start + 1);
}

struct received_line received_line_read(struct str value)
{
	struct received_line line = { .has_client = false };
	struct str word, ignored;

	if (!next_word(&value, &word))
		return line;
	if (str_eq_ci(word, STR("from"))) {
		line.has_client = true;
		if (!next_word(&value, &ignored) || !next_word(&value, &word))
			return line;
	}
	if (!str_eq_ci(word, STR("by")) || !next_item(&value, &line.by))
		return line;
	while (next_word(&value, &word)) {
		if (str_eq_ci(word, STR("for"))) {
			line.recipient = bracketed(value);
			break;
		}
		if (str_eq_ci(word, STR("id")) && line.id.len == 0)
			next_item(&value, &line.id);
	}
	return line;
}
