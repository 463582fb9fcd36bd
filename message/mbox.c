/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/mbox.h"

/* A separator is one line; longer ones are text. */
#define MAX_LINE 1024

/* "Mon" or "Mon," of names of three letters with a space between them. */
static bool is_any_of(struct str word, const char *names)
{
	if (str_ends_ci(word, STR(",")))
		word.len--;
	for (; word.len == 3; names += 4) {
		if (str_eq_ci(word, (struct str){ names, 3 }))
			return true;
		if (names[3] == '\0')
			return false;
	}
	return false;
}

static bool is_number(struct str word, uint64_t min, uint64_t max)
{
	uint64_t value;

	return str_to_uint(word, max, &value) && value >= min;
}

/* "10:00" or "10:00:00" */
static bool is_clock(struct str word)
{
	struct str piece;
	size_t pieces = 0;

	while (str_next_piece(&word, ':', &piece)) {
		if (piece.len == 0 || piece.len > 2 || !is_number(piece, 0, pieces == 0 ? 24 : 60))
			return false;
		pieces++;
	}
	return pieces == 2 || pieces == 3;
}

static bool is_month(struct str word)
{
	return is_any_of(word, "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
}

static bool is_year(struct str word)
{
	return word.len == 4 && is_number(word, 1970, 9999);
}

/* "+0100", "GMT", "(CET)" */
static bool is_zone(struct str word)
{
	size_t letters = 0;

	if (word.len == 5 && (word.data[0] == '+' || word.data[0] == '-'))
		return is_number(str_from_offset(word, 1), 0, 9999);
	if (word.len > 2 && word.data[0] == '(' && word.data[word.len - 1] == ')')
		word = (struct str){ word.data + 1, word.len - 2 };
	while (letters < word.len && char_is_alpha(word.data[letters]))
		letters++;
	return letters == word.len && letters >= 1 && letters <= 5;
}

static struct str next_word(struct str *text)
{
	struct str word = STR("");

	str_next_word(text, &word);
	return word;
}

static struct str peek(struct str text)
{
	return next_word(&text);
}

static void skip_zone(struct str *text)
{
	if (is_zone(peek(*text)) && !str_eq(peek(*text), STR("remote")))
		next_word(text);
}

/* Is all of the text a date as ctime() writes it, or as RFC 5322 does, with "remote from host"? */
static bool is_date(struct str text)
{
	struct str first;

	if (is_any_of(peek(text), "Mon Tue Wed Thu Fri Sat Sun"))
		next_word(&text);
	first = next_word(&text);
	if (is_month(first)) {
		if (!is_number(next_word(&text), 1, 31) || !is_clock(next_word(&text)))
			return false;
		if (!is_year(peek(text)))
			skip_zone(&text);
		if (!is_year(next_word(&text)))
			return false;
	} else if (!is_number(first, 1, 31) || !is_month(next_word(&text)) ||
	           !is_year(next_word(&text)) || !is_clock(next_word(&text))) {
		return false;
	}
	skip_zone(&text);
	skip_zone(&text);
	if (str_eq(peek(text), STR("remote"))) {
		next_word(&text);
		if (!str_eq(next_word(&text), STR("from")))
			return false;
		next_word(&text);
	}
	return str_trim(text).len == 0;
}

/* After the sender: a word, in which quotes may hold white space. */
static struct str after_sender(struct str text)
{
	size_t len = 0;
	bool quoted = false;

	while (len < text.len && (quoted || !char_is_space(text.data[len]))) {
		if (text.data[len] == '\\' && quoted)
			len++;
		else if (text.data[len] == '"')
			quoted = !quoted;
		len++;
	}
	return str_from_offset(text, len);
}

static bool is_separator(struct str line)
{
	if (!str_starts(line, STR("From ")) || line.len > MAX_LINE)
		return false;
	line = str_trim(str_from_offset(line, 5));
	return is_date(line) || is_date(after_sender(line));
}

bool mbox_next(struct str *rest, struct str *message_r)
{
	struct str text = *rest;
	ptrdiff_t at;

	if (text.len == 0)
		return false;
	*message_r = text;
	while ((at = str_find(text, STR("\nFrom "))) >= 0) {
		struct str line, after;

		text = str_from_offset(text, (size_t)at + 1);
		after = text;
		if (str_next_line(&after, &line) && is_separator(line)) {
			message_r->len = (size_t)(text.data - message_r->data);
			break;
		}
	}
	*rest = str_from_offset(*rest, message_r->len);
	return true;
}
