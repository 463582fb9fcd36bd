/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the text as a whole: its length, its words, its capitals. */
#include <math.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "rules/eval/eval.h"
#include "rules/regex/unicode_word.h"

static double check_body_length(const struct eval_context *context)
{
	return (double)context->message->raw_body.len <= eval_number(context, 0, 0);
}

static bool is_blank(struct str line)
{
	return str_trim(line).len == 0;
}

static double check_blank_line_ratio(const struct eval_context *context)
{
	const struct str_list *pieces = &context->message->rawbody;
	double min = eval_number(context, 0, 0), max = eval_number(context, 1, 0), ratio;
	size_t lines = 0, blank = 0;

	for (size_t i = 0; i < pieces->len; i++) {
		struct str rest = pieces->items[i];

		while (rest.len > 0) {
			ptrdiff_t end = str_find_char(rest, '\n');
			size_t len = end < 0 ? rest.len : (size_t)end + 1;

			lines++;
			blank += is_blank(str_prefix(rest, len));
			rest = str_from_offset(rest, len);
		}
	}
	ratio = (double)lines < eval_number(context, 2, 1) || lines == 0
	                ? -1
	                : 100 * (double)blank / (double)lines;
	return (min == 0 && ratio <= max) || (ratio > min && ratio <= max);
}

/* Counts of such a block fit a byte, which lets the compiler take many bytes at a time. */
#define BLOCK 64

static size_t count_spaces(struct str text)
{
	size_t count = 0, at = 0;

	for (; at + BLOCK <= text.len; at += BLOCK) {
		unsigned char spaces = 0;

		for (size_t i = 0; i < BLOCK; i++)
			spaces = (unsigned char)(spaces + (text.data[at + i] == ' '));
		count += spaces;
	}
	for (; at < text.len; at++)
		count += text.data[at] == ' ';
	return count;
}

/* The greatest share of blanks, in per cent, against the rest of a paragraph. */
static int vertical_words(const struct str_list *body)
{
	int most = -1;

	for (size_t i = 0; i < body->len; i++) {
		struct str text = body->items[i];
		size_t spaces, others;
		int percent;

		if (text.len <= 5)
			continue;
		spaces = count_spaces(text);
		others = text.len - spaces;
		percent = spaces > others || others == 0 ? 100 : (int)(100 * spaces / others);
		most = percent > most ? percent : most;
	}
	return most;
}

static double tvd_vertical_words(const struct eval_context *context)
{
	double percent = vertical_words(eval_texts(context));
	double max = eval_number(context, 1, 0);

	return percent >= eval_number(context, 0, 0) && percent < (max >= 100 ? 101 : max);
}

/* The character at the start of the text, and its length; a byte that is none by itself. */
static uint32_t take_character(struct str text, size_t *len_r)
{
	size_t len = utf8_char_len(text);
	uint32_t code = (unsigned char)text.data[0];

	*len_r = len > 0 ? len : 1;
	if (len < 2)
		return code;
	code &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text.data[i] & 0x3f);
	return code;
}

static bool is_blank_character(uint32_t code)
{
	return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xa0 ||
	       code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
	       code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

/* The next piece between blanks of any script, and whether a letter or digit is in it. */
static bool next_unicode_word(struct str *rest, struct str *word_r, bool *has_letters_r)
{
	size_t len = 0, step;

	*has_letters_r = false;
	while (rest->len > 0 && is_blank_character(take_character(*rest, &step)))
		*rest = str_from_offset(*rest, step);
	while (len < rest->len) {
		uint32_t code = take_character(str_from_offset(*rest, len), &step);

		if (is_blank_character(code))
			break;
		*has_letters_r = *has_letters_r || unicode_is_word(code);
		len += step;
	}
	*word_r = str_prefix(*rest, len);
	*rest = str_from_offset(*rest, len);
	return len > 0;
}

static void count_words(struct arena *arena, struct str text, struct map *words)
{
	struct str word;
	bool has_letters;

	while (next_unicode_word(&text, &word, &has_letters)) {
		size_t *count;

		if (!has_letters)
			continue;
		count = map_get(words, word);
		if (count == NULL) {
			count = arena_new_object(arena, size_t);
			map_set(words, word, count);
		}
		(*count)++;
	}
}

static bool is_below(const struct mime_part *part, const struct mime_part *ancestor)
{
	while (part != NULL && part != ancestor)
		part = part->parent;
	return part != NULL;
}

/* How multipart/alternative's texts and HTMLs differ. */
struct alternative_difference {
	double percent;
	double html_words, text_words;
};

static void count_alternative(const struct eval_context *context,
                              const struct mime_part *alternative, struct map *html,
                              struct map *text)
{
	const struct mime_part_list *parts = &context->message->parts;
	static size_t one = 1;

	for (size_t i = 0; i < parts->len; i++) {
		const struct mime_part *part = parts->items[i];

		if (!is_below(part, alternative) || !str_starts(part->type, STR("text")))
			continue;
		if (part->html == NULL) {
			count_words(context->arena, part->rendered, text);
			continue;
		}
		count_words(context->arena, part->rendered, html);
		/* An image stands for the words of HTML that has none. */
		if (map_len(html) == 0 && html_find_element(part->html, STR("img")) != NULL)
			map_set(html, STR("\n"), &one);
	}
}

static void compare_alternative(const struct eval_context *context,
                                const struct mime_part *alternative,
                                struct alternative_difference *difference)
{
	struct map *html = map_new(context->arena, MAP_EXACT);
	struct map *text = map_new(context->arena, MAP_EXACT);
	double left = 0, percent;

	count_alternative(context, alternative, html, text);
	if (map_len(html) == 0)
		return;
	difference->html_words = (double)map_len(html);
	difference->text_words = (double)map_len(text);
	for (size_t i = 0; i < map_len(html); i++) {
		struct str word;
		const size_t *in_html = map_at(html, i, &word);
		const size_t *in_text = map_get(text, word);

		left += in_text == NULL || *in_html > *in_text;
	}
	percent = left / difference->html_words * 100;
	if (percent > difference->percent)
		difference->percent = percent;
}

/* An invitation as calendars send it: HTML and the same as text/calendar. */
static bool is_calendar(const struct mime_part_list *parts)
{
	return parts->len == 3 && str_eq(parts->items[0]->type, STR("multipart/alternative")) &&
	       str_eq(parts->items[1]->type, STR("text/html")) &&
	       str_eq(parts->items[2]->type, STR("text/calendar"));
}

static const struct alternative_difference *compare_alternatives(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	struct alternative_difference *difference = eval_cached(context, EVAL_CACHE_ALTERNATIVES);

	if (difference != NULL)
		return difference;
	difference = arena_new_object(context->arena, struct alternative_difference);
	for (size_t i = 0; i < parts->len && !is_calendar(parts); i++)
		if (str_eq(parts->items[i]->type, STR("multipart/alternative")))
			compare_alternative(context, parts->items[i], difference);
	eval_cache(context, EVAL_CACHE_ALTERNATIVES, difference);
	return difference;
}

static double multipart_alternative_difference(const struct eval_context *context)
{
	double percent = compare_alternatives(context)->percent, min = eval_number(context, 0, 0);

	return (min == 0 || percent > min) && percent <= eval_number(context, 1, INFINITY);
}

static double multipart_alternative_difference_count(const struct eval_context *context)
{
	const struct alternative_difference *difference = compare_alternatives(context);

	return difference->html_words > eval_number(context, 1, 0) &&
	       difference->text_words / difference->html_words > eval_number(context, 0, 0);
}

static bool has_two_words(struct str text)
{
	struct str word;

	return str_next_word(&text, &word) && str_next_word(&text, &word);
}

/* "QUJD… QUJD… ": lines of base64 that were taken for text. */
static bool is_base64_text(struct str text)
{
	for (int line = 0; line < 2; line++) {
		size_t len = 0;

		while (len < text.len && (char_is_alnum(text.data[len]) || text.data[len] == '+' ||
		                          text.data[len] == '/' || text.data[len] == '='))
			len++;
		if (len < 60 || len > 76 || len == text.len || text.data[len] != ' ')
			return false;
		text = str_from_offset(text, len + 1);
	}
	return true;
}

static unsigned is_upper(unsigned char c)
{
	return (unsigned char)(c - 'A') < 26;
}

static unsigned is_lower_or_digit(unsigned char c)
{
	return ((unsigned char)(c - 'a') < 26) | ((unsigned char)(c - '0') < 10);
}

static void count_letters(struct str text, size_t *upper, size_t *lower)
{
	const unsigned char *at = (const unsigned char *)text.data;
	size_t left = text.len;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK) {
		unsigned char uppers = 0, lowers = 0;

		for (size_t i = 0; i < BLOCK; i++) {
			uppers = (unsigned char)(uppers + is_upper(at[i]));
			lowers = (unsigned char)(lowers + is_lower_or_digit(at[i]));
		}
		*upper += uppers;
		*lower += lowers;
	}
	for (size_t i = 0; i < left; i++) {
		*upper += is_upper(at[i]);
		*lower += is_lower_or_digit(at[i]);
	}
}

/* Cuts what ISO-2022-JP's escapes, taken for text, enclose: from the first to the last. */
static size_t count_case(struct str text, size_t *upper, size_t *lower)
{
	ptrdiff_t start = -1, end = -1;

	if (str_find_char(text, '\x1b') >= 0)
		start = str_find(text, STR("\x1b$B"));
	for (size_t i = text.len; start >= 0 && end < 0 && i-- > (size_t)start + 3;)
		if (str_starts(str_from_offset(text, i), STR("\x1b(B")))
			end = (ptrdiff_t)i + 3;
	if (end < 0) {
		count_letters(text, upper, lower);
		return text.len;
	}
	count_letters(str_prefix(text, (size_t)start), upper, lower);
	count_letters(str_from_offset(text, (size_t)end), upper, lower);
	return text.len - (size_t)(end - start);
}

static double upper_percent(const struct str_list *body)
{
	size_t len = 0, upper = 0, lower = 0;

	for (size_t i = 0; i < body->len; i++)
		if (has_two_words(body->items[i]) && !is_base64_text(body->items[i]))
			len += count_case(body->items[i], &upper, &lower);
	if (len < 200 || upper + lower == 0)
		return 0;
	return (double)upper / (double)(upper + lower) * 100;
}

/* Has a part a charset whose text looks like capitals when it is taken for ASCII? */
static bool charset_misleads(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;

	for (size_t i = 0; i < parts->len; i++)
		if (eval_charset_looks_like_capitals(parts->items[i]->charset))
			return true;
	return false;
}

/* Of the paragraphs, and of the raw text. */
struct capitals {
	bool counted[2];
	double percent[2];
};

static double capitals(const struct eval_context *context)
{
	struct capitals *found = eval_cached(context, EVAL_CACHE_CAPITALS);
	size_t raw = context->rule->eval_raw;

	if (found == NULL) {
		found = arena_new_object(context->arena, struct capitals);
		eval_cache(context, EVAL_CACHE_CAPITALS, found);
	}
	if (!found->counted[raw]) {
		found->counted[raw] = true;
		found->percent[raw] =
			charset_misleads(context) ? 0 : upper_percent(eval_texts(context));
	}
	return found->percent[raw];
}

static double check_for_uppercase(const struct eval_context *context)
{
	double percent = capitals(context);

	return percent > eval_number(context, 0, 0) && percent <= eval_number(context, 1, 0);
}

/* Lengths of the first plain text before and after the last "-- " line. */
struct signature {
	bool any;
	double body, signature;
};

static struct signature find_signature(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	struct signature result = { 0 };
	struct str text = { NULL, 0 };
	size_t at = 0;

	for (size_t i = 0; i < parts->len && text.data == NULL; i++)
		if (str_starts(parts->items[i]->type, STR("text/plain")))
			text = parts->items[i]->decoded;
	if (text.data == NULL)
		return result;
	result = (struct signature){ true, (double)text.len, 0 };
	while (at < text.len) {
		ptrdiff_t end = str_find_char(str_from_offset(text, at), '\n');
		size_t len = end < 0 ? text.len - at : (size_t)end;
		struct str line = { text.data + at, len };

		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		if ((str_eq(line, STR("--")) || str_eq(line, STR("-- "))) &&
		    text.len - at - len > 4) {
			result.body = (double)at;
			result.signature = (double)(text.len - at - len);
		}
		at += len + 1;
	}
	return result;
}

static bool in_closed_range(const struct eval_context *context, double value, double no_max)
{
	return value >= eval_number(context, 0, 0) &&
	       value <= (context->args->texts.len > 1 ? eval_number(context, 1, 0) : no_max);
}

static double plaintext_body_length(const struct eval_context *context)
{
	struct signature found = find_signature(context);

	return found.any && in_closed_range(context, found.body, found.body);
}

static double plaintext_sig_length(const struct eval_context *context)
{
	struct signature found = find_signature(context);

	return found.any && in_closed_range(context, found.signature, found.signature);
}

static double plaintext_body_sig_ratio(const struct eval_context *context)
{
	struct signature found = find_signature(context);
	double ratio = found.signature > 0 ? found.body / found.signature : 1e6;

	return found.any && in_closed_range(context, ratio, 1e6);
}

/* The text that a client shows first: of no file and no message in this one; NULL: there is none.
 */
static const struct mime_part *first_text(const struct mime_part *root)
{
	const struct mime_part *part = root, *next;

	while (part != NULL) {
		bool named = part->name.len > 0;

		if (!named && !part->is_beside_body &&
		    (str_eq(part->type, STR("text/plain")) || str_eq(part->type, STR("text/html"))))
			return part;
		next = !named && str_starts(part->type, STR("multipart/")) ? part->first_child
		                                                           : NULL;
		while (next == NULL && part != NULL) {
			next = part->next_sibling;
			part = part->parent;
		}
		part = next;
	}
	return NULL;
}

/* So many empty lines one after another in the text that is shown first. */
static double vertical_whitespace(const struct eval_context *context)
{
	const struct mime_part *part = first_text(context->message->root);
	struct str text = part == NULL         ? STR("")
	                  : part->html != NULL ? part->html->visible
	                                       : part->rendered;
	struct str line;
	size_t run = 0, longest = 0;

	while (str_next_line(&text, &line)) {
		run = str_trim(line).len == 0 ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return (double)longest >= eval_number(context, 0, 0);
}

const struct eval_function eval_body_functions[] = {
	{ .name = "check_body_length", .run = check_body_length, .args = "n" },
	{ .name = "check_blank_line_ratio", .run = check_blank_line_ratio, .args = "nn|n" },
	{ .name = "tvd_vertical_words", .run = tvd_vertical_words, .args = "nn" },
	{ .name = "vertical_whitespace", .run = vertical_whitespace, .args = "n" },
	{ .name = "multipart_alternative_difference",
	  .run = multipart_alternative_difference,
	  .args = "nr" },
	{ .name = "multipart_alternative_difference_count",
	  .run = multipart_alternative_difference_count,
	  .args = "nn" },
	{ .name = "check_for_uppercase", .run = check_for_uppercase, .args = "nn" },
	{ .name = "plaintext_body_length", .run = plaintext_body_length, .args = "n|n" },
	{ .name = "plaintext_sig_length", .run = plaintext_sig_length, .args = "n|n" },
	{ .name = "plaintext_body_sig_ratio", .run = plaintext_body_sig_ratio, .args = "n|n" },
	{ 0 },
};
