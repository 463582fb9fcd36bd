/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/words.h"

#include "base/utf8.h"
#include "learn/word_char.h"

/* Bytes of a word that count. */
#define WORD_BYTES 40

struct splitter {
	struct arena *arena;
	const struct learn_key *key;
	struct word_list *words;
	size_t max;
	char word[WORD_BYTES + 4];
	size_t len;
	const char *start, *end; /* of the word in the text */
	char sign[4];            /* the one before this, where they are written without spaces */
	size_t sign_len;
	const char *sign_start;
};

static void add(struct splitter *s, const char *word, size_t len, const char *start,
                const char *end)
{
	if (len == 0 || s->words->len >= s->max)
		return;
	vec_push(s->arena, s->words,
	         ((struct word){ learn_key_hash(s->key, 0, (struct str){ word, len }),
	                         { start, (size_t)(end - start) } }));
}

static void end_word(struct splitter *s)
{
	add(s, s->word, s->len, s->start, s->end);
	s->len = 0;
}

static void end_signs(struct splitter *s)
{
	s->sign_len = 0;
}

static void add_letter(struct splitter *s, const char *letter, size_t len, const char *at,
                       size_t at_len)
{
	if (s->len == 0)
		s->start = at;
	s->end = at + at_len;
	if (s->len + len > WORD_BYTES)
		return;
	memcpy(s->word + s->len, letter, len);
	s->len += len;
}

static void add_sign(struct splitter *s, const char *at, size_t len)
{
	char pair[8];

	if (s->sign_len > 0) {
		memcpy(pair, s->sign, s->sign_len);
		memcpy(pair + s->sign_len, at, len);
		add(s, pair, s->sign_len + len, s->sign_start, at + len);
	}
	memcpy(s->sign, at, len);
	s->sign_len = len;
	s->sign_start = at;
}

static uint32_t code_point(const char *at, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)at;
	uint32_t value = len == 2 ? bytes[0] & 0x1fu : len == 3 ? bytes[0] & 0x0fu : bytes[0] & 7u;

	for (size_t i = 1; i < len; i++)
		value = value << 6 | (bytes[i] & 0x3fu);
	return value;
}

/* One character that isn't ASCII, or one byte that is none; returns its length. */
static size_t take_wide(struct splitter *s, struct str rest)
{
	size_t len = utf8_char_len(rest);
	enum word_char_kind kind = WORD_CHAR_OTHER;
	uint32_t folded = 0;
	char letter[4];

	if (len > 1)
		kind = word_char_kind(code_point(rest.data, len), &folded);
	if (kind == WORD_CHAR_UNSEEN)
		return len;
	if (kind == WORD_CHAR_LETTER) {
		end_signs(s);
		add_letter(s, letter, utf8_encode(folded, letter), rest.data, len);
		return len;
	}
	end_word(s);
	if (kind == WORD_CHAR_SIGN) {
		add_sign(s, rest.data, len);
		return len;
	}
	end_signs(s);
	if (kind == WORD_CHAR_SYMBOL)
		add(s, rest.data, len, rest.data, rest.data + len);
	return len > 0 ? len : 1;
}

/* By byte of ASCII: the letter or digit in lower case, or 0. A "$" is of its sum's word. */
static inline char letter_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '$' ? (char)c : 0;
}

/* Characters that stay in a word where letters or digits are at both sides: "don't", "3.50". */
static inline bool joins(char c, struct str rest)
{
	return (c == '\'' || c == '-' || c == '.' || c == '_') && rest.len > 1 &&
	       letter_of((unsigned char)rest.data[1]) != 0;
}

void words_split(struct arena *arena, const struct learn_key *key, struct str text, size_t max,
                 struct word_list *words)
{
	struct splitter s = { .arena = arena, .key = key, .words = words, .max = max };
	size_t i = 0;

	while (i < text.len && words->len < max) {
		unsigned char c = (unsigned char)text.data[i];
		char letter;

		if (c >= 0x80) {
			i += take_wide(&s, str_from_offset(text, i));
			continue;
		}
		letter = letter_of(c);
		if (letter == 0 && s.len > 0 && joins((char)c, str_from_offset(text, i)))
			letter = (char)c;
		if (letter != 0)
			add_letter(&s, &letter, 1, text.data + i, 1);
		else
			end_word(&s);
		end_signs(&s);
		i++;
	}
	end_word(&s);
}
