/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "message/charset.h"
#include "message/space.h"

#define MAX_PIECE 2048
/* Of all parts; SpamAssassin has no such limit. Rules take the time. */
#define ENOUGH_BODY_BYTES    300000
#define ENOUGH_RAWBODY_BYTES 1500000
/* How much further than the limit a good place to cut may be. */
#define CUT_SLACK 1024

/* Offset of `c` at or after `from`, or -1. */
static ptrdiff_t find_from(struct str s, size_t from, char c)
{
	ptrdiff_t found = str_find_char(str_from_offset(s, from), c);

	return found < 0 || from > s.len ? -1 : found + (ptrdiff_t)from;
}

/* Cuts at `limit`, or after one of the characters (tried in order) if it is near. */
static struct str cut_near(struct str s, size_t limit, const char *cut_after)
{
	if (s.len <= limit)
		return s;
	for (; *cut_after != '\0'; cut_after++) {
		ptrdiff_t at = find_from(s, limit, *cut_after);

		if (at >= 0 && (size_t)at - limit <= CUT_SLACK)
			return str_prefix(s, (size_t)at + 1);
	}
	return str_prefix(s, limit);
}

/* The number of bytes that the first `count` characters take. */
static size_t bytes_of_characters(struct str s, size_t count)
{
	size_t i = 0;

	if (s.len <= count)
		return s.len;
	for (; i < s.len; i++) {
		if (((unsigned char)s.data[i] & 0xc0) != 0x80 && count-- == 0)
			break;
	}
	return i;
}

static size_t ascii_space_len(struct str s)
{
	return s.len > 0 && char_is_space(s.data[0]) ? 1 : 0;
}

/* Bytes that may start white space, and NUL. */
static const bool is_special[256] = {
	[0] = true,   ['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true, ['\r'] = true,
	[' '] = true, [0xc2] = true, [0xe1] = true, [0xe2] = true, [0xe3] = true,
};

/*
 * A run of white space becomes one space; with an empty line in it, that and a line feed, with
 * another space where white space comes before or after the line ends.
 */
static size_t collapse_space(struct str s, size_t (*len_of_space)(struct str), char **out)
{
	size_t len = 0, step, first_lf = SIZE_MAX, last_lf = 0;

	while ((step = len_of_space(str_from_offset(s, len))) > 0) {
		if (s.data[len] == '\n') {
			first_lf = first_lf == SIZE_MAX ? len : first_lf;
			last_lf = len;
		}
		len += step;
	}
	if (first_lf == SIZE_MAX || first_lf == last_lf) {
		*(*out)++ = ' ';
		return len;
	}
	if (first_lf > 0)
		*(*out)++ = ' ';
	*(*out)++ = '\n';
	if (last_lf + 1 < len)
		*(*out)++ = ' ';
	return len;
}

/* A space between words, the most frequent white space, which stays as it is. */
static bool is_gap(struct str s, size_t i)
{
	return s.data[i] == ' ' && i + 1 < s.len && !is_special[(unsigned char)s.data[i + 1]];
}

/* A result is never longer than the text. NUL separates paragraphs, too. */
static struct str collapse(struct arena *arena, struct str s, size_t (*len_of_space)(struct str))
{
	char *start = arena_alloc(arena, s.len + 1), *out = start;
	size_t i = 0;

	while (i < s.len) {
		size_t run = i;

		while (run < s.len && (!is_special[(unsigned char)s.data[run]] || is_gap(s, run)))
			run++;
		memcpy(out, s.data + i, run - i);
		out += run - i;
		i = run;
		if (i == s.len)
			break;
		if (s.data[i] == '\0') {
			*out++ = '\n';
			i++;
		} else if (len_of_space(str_from_offset(s, i)) > 0) {
			i += collapse_space(str_from_offset(s, i), len_of_space, &out);
		} else {
			*out++ = s.data[i++];
		}
	}
	return (struct str){ start, (size_t)(out - start) };
}

/* Lines with their line ends; longer ones are cut after a space if there is one. */
static void split_paragraphs(struct arena *arena, struct str text, struct str_list *pieces)
{
	while (text.len > 0) {
		ptrdiff_t end = str_find_char(text, '\n');
		struct str line = end < 0 ? text : str_prefix(text, (size_t)end + 1);

		text = str_from_offset(text, line.len);
		while (line.len > MAX_PIECE) {
			ptrdiff_t space = str_rfind_char(str_prefix(line, MAX_PIECE + 1), ' ');
			size_t len = space < 0 ? MAX_PIECE : (size_t)space + 1;

			vec_push(arena, pieces, str_prefix(line, len));
			line = str_from_offset(line, len);
		}
		vec_push(arena, pieces, line);
	}
}

/*
 * Rules for SpamAssassin see UTF-8, with one exception: where the whole source is ASCII and no
 * entity in HTML stands for a character above U+00FF, they see ISO 8859-1. The same rules must
 * hit here, so it is kept.
 */
static bool is_latin1_view(const struct mime_part *root)
{
	bool ascii = true;

	for (const struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		if (part->first_child != NULL || part->is_beside_body)
			continue;
		if (!charset_is_ascii(part->text))
			return false;
		if (part->html == NULL || charset_is_ascii(part->rendered))
			continue;
		ascii = false;
		for (size_t i = 0; i < part->rendered.len; i++) {
			if ((unsigned char)part->rendered.data[i] > 0xc3)
				return false;
		}
	}
	return !ascii;
}

/* From UTF-8 of characters up to U+00FF. */
static struct str to_latin1(struct arena *arena, struct str text)
{
	char *start = arena_alloc(arena, text.len + 1), *out = start;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0xc2 && i + 1 < text.len)
			*out++ = (char)((c & 3) << 6 | ((unsigned char)text.data[++i] & 0x3f));
		else
			*out++ = (char)c;
	}
	return (struct str){ start, (size_t)(out - start) };
}

static struct str cut_rendered(struct str rendered, size_t part_chars)
{
	return cut_near(rendered, bytes_of_characters(rendered, part_chars), "\n ");
}

/* What is taken of one part. */
struct share {
	struct str text;
	size_t len; /* in the units of the limit */
	size_t place;
};

struct share_list {
	vec_members(struct share);
};

static int compare_lengths(const void *a, const void *b)
{
	const struct share *one = a, *two = b;

	if (one->len != two->len)
		return one->len < two->len ? -1 : 1;
	return one->place < two->place ? -1 : 1;
}

static int compare_places(const void *a, const void *b)
{
	const struct share *one = a, *two = b;

	return one->place < two->place ? -1 : 1;
}

/* Short parts stay whole, long ones are cut to what is left for each of them. */
static void share_total(struct share_list *shares, size_t total)
{
	size_t sum = 0;

	for (size_t i = 0; i < shares->len; i++) {
		shares->items[i].place = i;
		sum += shares->items[i].len;
	}
	if (sum <= total)
		return;
	qsort(shares->items, shares->len, sizeof(*shares->items), compare_lengths);
	for (size_t i = 0; i < shares->len; i++) {
		size_t most = total / (shares->len - i);
		size_t *len = &shares->items[i].len;

		*len = *len < most ? *len : most;
		total -= *len;
	}
	qsort(shares->items, shares->len, sizeof(*shares->items), compare_places);
}

static size_t characters(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += ((unsigned char)s.data[i] & 0xc0) != 0x80;
	return count;
}

/* The same in characters; there are no more of them than bytes. */
static void share_characters(struct share_list *shares, size_t total)
{
	size_t bytes = 0;

	for (size_t i = 0; i < shares->len; i++)
		bytes += shares->items[i].len;
	if (bytes <= total)
		return;
	for (size_t i = 0; i < shares->len; i++)
		shares->items[i].len = characters(shares->items[i].text);
	share_total(shares, total);
}

/* False where parts were left out. */
static bool collect_rendered(struct arena *arena, const struct mime_part *root, size_t part_chars,
                             struct share_list *shares)
{
	bool complete = true;
	size_t bytes = 0;

	for (const struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		struct share share;

		if (part->first_child != NULL || part->type.len == 0 || part->is_beside_body)
			continue;
		if (bytes >= ENOUGH_BODY_BYTES) {
			complete = complete && part->rendered.len == 0;
			continue;
		}
		share.text = cut_rendered(part->rendered, part_chars);
		share.len = share.text.len;
		bytes += share.len;
		vec_push(arena, shares, share);
	}
	return complete;
}

bool text_make_body(struct arena *arena, const struct mime_part *root, struct str subject,
                    size_t part_chars, size_t total_chars, enum reading_version reading,
                    struct str_list *body_r)
{
	char separator = reading == READING_4_0_3 ? '\0' : '\n';
	struct share_list shares = { 0 };
	struct strbuf text, whole;
	bool complete = collect_rendered(arena, root, part_chars, &shares);

	share_characters(&shares, total_chars);
	strbuf_init(&text, arena);
	for (size_t i = 0; i < shares.len; i++) {
		const struct share *share = &shares.items[i];

		if (text.len > 0)
			strbuf_add_char(&text, separator);
		strbuf_add(&text,
		           str_prefix(share->text, bytes_of_characters(share->text, share->len)));
	}
	strbuf_init(&whole, arena);
	strbuf_add(&whole, subject);
	strbuf_add_char(&whole, '\n');
	if (is_latin1_view(root))
		strbuf_add(&whole,
		           collapse(arena, to_latin1(arena, strbuf_str(&text)), ascii_space_len));
	else
		strbuf_add(&whole, collapse(arena, strbuf_str(&text), space_len));
	*body_r = (struct str_list){ 0 };
	split_paragraphs(arena, strbuf_str(&whole), body_r);
	return complete;
}

/* Where a piece ends: after the first such character in its second half. */
static size_t piece_len(struct str text)
{
	static const char cut_after[] = "\n> ";

	for (const char *c = cut_after; *c != '\0'; c++) {
		ptrdiff_t at = find_from(str_prefix(text, 2 * MAX_PIECE), MAX_PIECE, *c);

		if (at >= 0)
			return (size_t)at + 1;
	}
	return MAX_PIECE + 1;
}

static void split_pieces(struct arena *arena, struct str text, struct str_list *pieces)
{
	size_t before = pieces->len;

	while (text.len > 2 * MAX_PIECE) {
		size_t len = piece_len(text);

		vec_push(arena, pieces, str_prefix(text, len));
		text = str_from_offset(text, len);
	}
	if (text.len > 0 || pieces->len == before)
		vec_push(arena, pieces, text);
}

bool text_make_rawbody(struct arena *arena, const struct mime_part *root, size_t part_bytes,
                       size_t total_bytes, struct str_list *rawbody_r)
{
	struct share_list shares = { 0 };
	bool complete = true;
	size_t bytes = 0;

	for (const struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		struct share share;

		if (part->first_child != NULL || !part->is_rawbody)
			continue;
		if (bytes >= ENOUGH_RAWBODY_BYTES) {
			complete = false;
			break;
		}
		share.text = cut_near(part->decoded, part_bytes, "\n> ");
		share.len = share.text.len;
		bytes += share.len;
		vec_push(arena, &shares, share);
	}
	share_total(&shares, total_bytes);
	*rawbody_r = (struct str_list){ 0 };
	for (size_t i = 0; i < shares.len; i++)
		split_pieces(arena, str_prefix(shares.items[i].text, shares.items[i].len),
		             rawbody_r);
	return complete;
}
