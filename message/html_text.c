/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/html_entity.h"
#include "message/html_private.h"
#include "message/space.h"

/*
 * The text is built of pieces, one for each run of characters between two tags and one for each
 * break. White space within a run becomes one space; a space next to a break goes away, for which
 * 4.0.3 waits until all the text is there.
 */

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A no-break space in UTF-8 that was taken for Latin-1 and converted again. */
static bool is_mangled_nbsp(const char *at, const char *end)
{
	return end - at >= 4 && memcmp(at, "\xC3\x82\xC2\xA0", 4) == 0;
}

static bool is_letter(unsigned char c)
{
	return c >= 0x80 || char_is_alnum((char)c);
}

/* Neither white space nor ASCII punctuation: broken by a tag, such text was one word. */
static bool starts_word(const char *at, const char *end)
{
	unsigned char c;

	if (at == end)
		return false;
	c = (unsigned char)*at;
	if (c < 0x80)
		return char_is_alnum(*at) || (c < ' ' && !is_space(c)) || c == 0x7F;
	return space_len((struct str){ at, (size_t)(end - at) }) == 0;
}

/* The start of the UTF-8 character that ends at `end`. */
static const char *last_char(const char *start, const char *end)
{
	const char *at = end;

	while (at > start && end - at < 4)
		if (((unsigned char)*--at & 0xC0) != 0x80)
			break;
	return at;
}

static bool is_nbsp(const char *at, const char *end)
{
	return end - at >= 2 && at[0] == '\xC2' && at[1] == '\xA0';
}

/* Letters at the start of a text; 8 for more than seven. */
static unsigned count_first_letters(const char *at, const char *end)
{
	unsigned count = 0;

	for (; at < end && count < 8 && is_letter((unsigned char)*at) && !is_nbsp(at, end); at++)
		count += ((unsigned char)*at & 0xC0) != 0x80;
	return count;
}

/* The same at the end of a text. */
static unsigned count_last_letters(const char *start, const char *end)
{
	unsigned count = 0;

	for (; end > start && count < 8 && is_letter((unsigned char)end[-1]); end--) {
		if (end - start >= 2 && is_nbsp(end - 2, end))
			break;
		count += ((unsigned char)end[-1] & 0xC0) != 0x80;
	}
	return count;
}

/* U+0080 to U+00F4 but three of them. */
static bool is_latin1_letter(const char *at, const char *end)
{
	return end - at == 2 &&
	       (at[0] == '\xC2' ||
	        (at[0] == '\xC3' && (unsigned char)at[1] >= 0x83 && (unsigned char)at[1] <= 0xB4));
}

/* 4.0.3 takes a no-break space after such a letter for one more. */
static bool ends_in_word(const struct html_renderer *r, const char *start, const char *end)
{
	const char *last = last_char(start, end);

	if (starts_word(last, end))
		return true;
	return r->reading == READING_4_0_3 && is_nbsp(last, end) && last > start &&
	       is_latin1_letter(last_char(start, last), last);
}

/* Notes a word that goes on after markup. */
static void note_broken_word(struct html_renderer *r, struct str text)
{
	const char *last = r->text.data + r->last_start, *end = r->text.data + r->text.len;
	unsigned before, after;

	if (r->last == HTML_PIECE_NONE || r->last == HTML_PIECE_BREAK ||
	    r->text.len == r->last_start || !starts_word(text.data, text.data + text.len) ||
	    !ends_in_word(r, last, end))
		return;
	r->facts->obfuscated_words++;
	before = count_last_letters(last, end);
	after = count_first_letters(text.data, text.data + text.len);
	if (before >= 1 && before <= 7 && after >= 1 && after <= 7)
		r->facts->broken_word_shapes |= (uint64_t)1 << (7 * (before - 1) + after - 1);
}

/* Bytes of ASCII white space in front. */
static size_t leading_space(struct str text)
{
	size_t i = 0;

	while (i < text.len && is_space((unsigned char)text.data[i]))
		i++;
	return i;
}

/* Whether after the white space in front there is only more of it. */
static bool is_blank(struct str text, size_t leading)
{
	const char *at = text.data + leading, *end = text.data + text.len;

	while (at < end) {
		if (is_space((unsigned char)*at))
			at++;
		else if (is_mangled_nbsp(at, end))
			at += 4;
		else
			return false;
	}
	return true;
}

/* Characters that collapse() can't just copy. */
static const bool is_special[256] = {
	['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true,
	['\r'] = true, [' '] = true,  [0xC3] = true,
};

/* Writes the text with each run of white space as one space; returns the end. */
static char *collapse(char *out, struct str text, bool keep_mangled)
{
	const char *at = text.data, *end = at + text.len;

	while (at < end) {
		if (!is_special[(unsigned char)*at]) {
			*out++ = *at++;
		} else if (is_space((unsigned char)*at)) {
			*out++ = ' ';
			do
				at++;
			while (at < end && is_space((unsigned char)*at));
		} else if (!keep_mangled && is_mangled_nbsp(at, end)) {
			*out++ = ' ';
			at += 4;
		} else {
			*out++ = *at++;
		}
	}
	return out;
}

static void note_invisible(struct html_renderer *r, size_t start)
{
	struct html_span span = { start, r->text.len };

	if (r->invisible.len > 0 && r->invisible.items[r->invisible.len - 1].end == start)
		r->invisible.items[r->invisible.len - 1].end = r->text.len;
	else
		vec_push(r->arena, &r->invisible, span);
}

/* Room left of max_bytes; text that does not fit is cut. */
static struct str cut_to_room(struct html_renderer *r, struct str text)
{
	size_t room = r->max_bytes - r->text.len;

	if (text.len <= room)
		return text;
	r->facts->is_truncated = true;
	return str_prefix(text, room);
}

static void add_piece(struct html_renderer *r, struct str text, struct html_visibility seen)
{
	bool marked = r->reading == READING_4_0_3;
	size_t start = r->text.len;
	char *out, *end;

	text = cut_to_room(r, text);
	out = strbuf_reserve(&r->text, text.len);
	end = collapse(out, text, marked);
	if (end - out != 1 || *out != ' ')
		r->line_break = 0;
	if (!marked && r->last == HTML_PIECE_BREAK && !seen.invisible && end > out && *out == ' ') {
		memmove(out, out + 1, (size_t)(end - out - 1));
		end--;
	}
	r->text.len += (size_t)(end - out);
	r->last = seen.invisible ? HTML_PIECE_INVISIBLE : HTML_PIECE_TEXT;
	r->last_start = start;
	if (seen.invisible)
		note_invisible(r, start);
}

static struct str decode(struct html_renderer *r, const struct html_token *token)
{
	uint32_t greatest;

	if (token->verbatim || str_find_char(token->text, '&') < 0)
		return token->text;
	r->scratch.len = 0;
	greatest = html_decode_entities(&r->scratch, token->text, true);
	if (greatest > r->greatest_char)
		r->greatest_char = greatest;
	return strbuf_str(&r->scratch);
}

static struct html_visibility see_text(struct html_renderer *r, struct str text, size_t leading)
{
	struct html_visibility seen = { 0 };

	if (is_blank(text, leading))
		return seen;
	seen = r->reading == READING_4_0_3 ? html_css_visibility(&r->css)
	                                   : html_styles_visibility(&r->styles);
	r->facts->has_low_contrast |= seen.low_contrast;
	r->facts->has_invalid_color |= seen.invalid_color;
	return seen;
}

void html_add_text(struct html_renderer *r, const struct html_token *token)
{
	struct html_visibility seen;
	struct str text;
	size_t leading;

	if (html_is_open(r, r->script)) {
		vec_push(r->arena, &r->facts->scripts, token->text);
		return;
	}
	if (html_is_open(r, r->style))
		return;
	text = decode(r, token);
	if (html_is_open(r, r->a))
		html_add_to_anchors(r, text);
	if (html_is_open(r, r->title_element))
		strbuf_add(&r->title.text, text);
	leading = leading_space(text);
	seen = see_text(r, text, leading);
	note_broken_word(r, text);
	/* of a run of white space in front, one character is as good as all */
	add_piece(r, str_from_offset(text, leading > 0 ? leading - 1 : 0), seen);
}

static void add_break(struct html_renderer *r, struct str text)
{
	text = cut_to_room(r, text);
	r->last_start = r->text.len;
	strbuf_add(&r->text, text);
	r->last = HTML_PIECE_BREAK;
}

static void add_mark(struct html_renderer *r, enum html_break kind)
{
	static const char paragraph = HTML_MARK_PARAGRAPH;
	size_t start = r->text.len;

	if (kind == HTML_BREAK_PARAGRAPH)
		add_break(r, (struct str){ &paragraph, 1 });
	else
		add_break(r, kind == HTML_BREAK_LINE ? STR("\n") : STR(" "));
	if (kind == HTML_BREAK_LINE && r->text.len > start)
		r->line_break = r->text.len;
}

void html_add_break(struct html_renderer *r, enum html_break kind)
{
	struct str text = kind == HTML_BREAK_SPACE ? STR(" ") : STR("\n\n");

	if (r->reading == READING_4_0_3) {
		add_mark(r, kind);
		return;
	}
	if (kind == HTML_BREAK_LINE)
		text.len = 1;
	if (r->last == HTML_PIECE_TEXT && r->text.len > r->last_start &&
	    r->text.data[r->text.len - 1] == ' ')
		r->text.len--;
	add_break(r, text);
}

void html_end_block(struct html_renderer *r)
{
	if (r->line_break > 0)
		r->text.data[r->line_break - 1] = HTML_MARK_BLOCK_END;
}
