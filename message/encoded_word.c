/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoded-words in header fields, RFC 2047, with the mistakes that mail clients forgive. */
#include "message/encoded_word.h"

#include <string.h>

#include "base/strbuf.h"
#include "message/charset.h"
#include "message/decode.h"

struct encoded_word {
	struct str charset; /* without the language of RFC 2231 section 5 */
	char encoding;      /* 'b' or 'q' */
	struct str data;
	size_t len; /* of the whole word */
};

static bool is_charset_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || c == '*';
}

/* Whether an encoded-word starts at the start of `text`. */
static bool parse_word(struct str text, struct encoded_word *word_r)
{
	size_t at = 2;
	ptrdiff_t end;

	if (!str_starts(text, STR("=?")))
		return false;
	while (at < text.len && is_charset_char(text.data[at]))
		at++;
	if (at == 2 || at + 3 > text.len || text.data[at] != '?' || text.data[at + 2] != '?')
		return false;
	word_r->charset = (struct str){ text.data + 2, at - 2 };
	word_r->encoding = char_lower(text.data[at + 1]);
	if (word_r->encoding != 'b' && word_r->encoding != 'q')
		return false;
	at += 3;
	end = str_find_char(str_from_offset(text, at), '?');
	if (end < 0 || at + (size_t)end + 1 >= text.len || text.data[at + (size_t)end + 1] != '=')
		return false;
	word_r->data = (struct str){ text.data + at, (size_t)end };
	word_r->len = at + (size_t)end + 2;
	end = str_find_char(word_r->charset, '*');
	if (end >= 0)
		word_r->charset.len = (size_t)end;
	return true;
}

static struct str decode_word(struct arena *arena, const struct encoded_word *word)
{
	char *spaced;

	if (word->encoding == 'b')
		return decode_base64(arena, word->data, NULL);
	spaced = arena_cstr(arena, word->data);
	for (size_t i = 0; i < word->data.len; i++) {
		if (spaced[i] == '_')
			spaced[i] = ' ';
	}
	return decode_q_word(arena, (struct str){ spaced, word->data.len });
}

/*
 * Neighbours of one charset are joined before the charset is decoded: some senders split words in
 * the middle of a character.
 */
struct word_decoder {
	struct arena *arena;
	struct strbuf out;
	struct strbuf pending;
	struct str charset; /* of what is pending; NULL data where nothing is */
};

static void flush_words(struct word_decoder *decoder)
{
	if (decoder->charset.data == NULL)
		return;
	strbuf_add(&decoder->out,
	           charset_word_to_utf8(decoder->arena, strbuf_str(&decoder->pending),
	                                decoder->charset));
	strbuf_init(&decoder->pending, decoder->arena);
	decoder->charset = (struct str){ NULL, 0 };
}

static void add_plain(struct word_decoder *decoder, struct str text, bool before_word)
{
	/* White space between two words is not shown. */
	if (decoder->charset.data != NULL && before_word && str_trim(text).len == 0)
		return;
	if (text.len == 0)
		return;
	flush_words(decoder);
	strbuf_add(&decoder->out, text);
}

static void add_word(struct word_decoder *decoder, const struct encoded_word *word)
{
	if (decoder->charset.data != NULL && !str_eq_ci(decoder->charset, word->charset))
		flush_words(decoder);
	decoder->charset = word->charset;
	strbuf_add(&decoder->pending, decode_word(decoder->arena, word));
}

struct str encoded_word_decode(struct arena *arena, struct str text)
{
	struct word_decoder decoder = { .arena = arena };
	struct encoded_word word;
	size_t done = 0, at = 0;
	ptrdiff_t found;

	strbuf_init(&decoder.out, arena);
	strbuf_init(&decoder.pending, arena);
	while ((found = str_find(str_from_offset(text, at), STR("=?"))) >= 0) {
		at += (size_t)found;
		if (!parse_word(str_from_offset(text, at), &word)) {
			at++;
			continue;
		}
		add_plain(&decoder, (struct str){ text.data + done, at - done }, true);
		add_word(&decoder, &word);
		at += word.len;
		done = at;
	}
	if (done == 0)
		return text;
	add_plain(&decoder, str_from_offset(text, done), false);
	flush_words(&decoder);
	return strbuf_str(&decoder.out);
}
