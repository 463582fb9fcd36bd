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

/* By byte: the letter or digit of ASCII in lower case, or 0. A "$" is of its sum's word. */
static const char letters[256] = {
	['$'] = '$', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5',
	['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c',
	['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
	['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q',
	['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x',
	['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
	['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
	['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's',
	['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

static inline char letter_at(const char *at)
{
	return letters[(unsigned char)*at];
}

/* Characters that stay in a word where letters or digits are at both sides: "don't", "3.50". */
static inline bool joins(char c, struct str rest)
{
	return (c == '\'' || c == '-' || c == '.' || c == '_') && rest.len > 1 &&
	       letter_at(rest.data + 1) != 0;
}

/* Letters and digits of ASCII, of which there is one at least, one after another; returns how many.
 */
static size_t take_letters(struct splitter *s, struct str rest)
{
	size_t i = 0, len = s->len;
	char letter;

	if (len == 0)
		s->start = rest.data;
	while (i < rest.len && (letter = letter_at(rest.data + i)) != 0) {
		if (len < WORD_BYTES)
			s->word[len++] = letter;
		i++;
	}
	s->len = len;
	s->end = rest.data + i;
	return i;
}

void words_split(struct arena *arena, const struct learn_key *key, struct str text, size_t max,
                 struct word_list *words)
{
	struct splitter s = { .arena = arena, .key = key, .words = words, .max = max };
	size_t i = 0;

	while (i < text.len && words->len < max) {
		struct str rest = { text.data + i, text.len - i };

		if ((unsigned char)*rest.data >= 0x80) {
			i += take_wide(&s, rest);
			continue;
		}
		if (letter_at(rest.data) != 0) {
			i += take_letters(&s, rest);
		} else {
			if (s.len > 0 && joins(*rest.data, rest))
				add_letter(&s, rest.data, 1, rest.data, 1);
			else
				end_word(&s);
			i++;
		}
		end_signs(&s);
	}
	end_word(&s);
}
