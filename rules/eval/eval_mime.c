/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the MIME structure and of how its parts are encoded. */
#include <string.h>

#include "message/charset.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/match/field_all.h"

/* What one walk over all parts counts; made when the first rule asks. */
struct mime_counts {
	size_t base64, qp, html, text, attachments;
	bool base64_text, bad_iso_charset, faraway_charset, long_qp_line, alternative, unclosed;
	bool illegal_ascii;
	size_t qp_bytes, qp_encoded;
	size_t plain_bytes, entities;
	double alternative_ratio;
};

static bool contains(struct str text, const char *word)
{
	return str_find(text, str_from(word)) >= 0;
}

/* The last field of the name, decoded and in lower case; empty where there is none. */
static struct str part_field(const struct eval_context *context, const struct mime_part *part,
                             const char *name)
{
	const struct header *header = header_last(&part->headers, str_from(name));

	return header == NULL ? STR("") : arena_str_lower(context->arena, header->decoded);
}

static bool is_ascii_charset(struct str charset)
{
	static const char *const names[] = {
		"us-ascii",         "ansi_x3.4-1968", "iso-ir-6",  "ansi_x3.4-1986",
		"iso_646.irv:1991", "ascii",          "iso646-us", "us",
		"ibm367",           "cp367",          "csascii"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (contains(charset, names[i]))
			return true;
	return charset.len == 0;
}

/* "iso-X-Y" that is neither iso-8859 nor iso-2022 as they are known. */
static bool is_bad_iso(const struct eval_context *context, struct str charset)
{
	return eval_pattern_in(context, EVAL_RE_ISO_CHARSET, charset) &&
	       !eval_pattern_in(context, EVAL_RE_KNOWN_ISO_CHARSET, charset);
}

static void count_header(const struct eval_context *context, const struct mime_part *part,
                         struct mime_counts *counts)
{
	struct str type = mime_declared_type(context->arena, part);
	struct str encoding = part_field(context, part, "Content-Transfer-Encoding");
	struct str disposition = part_field(context, part, "Content-Disposition");
	bool is_text = str_starts(type, STR("text"));

	if (str_eq(type, STR("text/html")))
		counts->html++;
	else if (is_text)
		counts->text++;
	if (contains(encoding, "base64"))
		counts->base64++;
	else if (contains(encoding, "quoted-printable"))
		counts->qp++;
	counts->attachments += contains(disposition, "attachment");
	if (is_text && contains(encoding, "base64") && is_ascii_charset(part->charset) &&
	    !str_starts(disposition, STR("attachment")) && !str_starts(disposition, STR("inline")))
		counts->base64_text = true;
	counts->bad_iso_charset = counts->bad_iso_charset || is_bad_iso(context, part->charset);
	counts->faraway_charset =
		counts->faraway_charset || eval_charset_faraway(context, part->charset);
	counts->alternative = counts->alternative || str_eq(type, STR("multipart/alternative"));
	counts->unclosed = counts->unclosed || (part->faults & MIME_FAULT_UNCLOSED) != 0;
}

/* "=41": an encoded byte that needn't be encoded; trailing blanks must be. */
static bool is_needless_escape(struct str rest)
{
	char a, b;

	if (rest.len < 3 || rest.data[0] != '=')
		return false;
	a = rest.data[1];
	b = rest.data[2];
	if (a == '0')
		return b == '9';
	if (a == '3')
		return char_is_digit(b) || b == 'A' || b == 'B' || b == 'C' || b == 'E' || b == 'F';
	if (a == '7')
		return char_is_digit(b) || (b >= 'A' && b <= 'E');
	return (a == '2' || a == '4' || a == '5' || a == '6') &&
	       (char_is_digit(b) || (b >= 'A' && b <= 'F'));
}

static size_t trailing_blank_escapes(struct str line)
{
	size_t count = 0;

	line = str_trim_right(line);
	while (line.len >= 3 && (memcmp(line.data + line.len - 3, "=20", 3) == 0 ||
	                         memcmp(line.data + line.len - 3, "=09", 3) == 0)) {
		line.len -= 3;
		count++;
	}
	return count;
}

static void count_qp_line(struct str line, struct mime_counts *counts)
{
	size_t escapes = 0;

	if (str_starts(line, STR("SPAM: ")))
		return;
	if (line.len > 79)
		counts->long_qp_line = true;
	counts->qp_bytes += line.len;
	for (size_t i = 0; i < line.len; i++)
		if (is_needless_escape(str_from_offset(line, i))) {
			escapes++;
			i += 2;
		}
	if (escapes > 0) {
		size_t blanks = trailing_blank_escapes(line);

		counts->qp_encoded += escapes > blanks ? escapes - blanks : 0;
	}
}

static bool has_illegal_ascii(struct str text)
{
	return !charset_is_ascii(text) || str_find_char(text, '\0') >= 0 ||
	       str_find_char(text, '\r') >= 0;
}

/* Numeric entities of four capital hexadecimal digits, which plain text never shows as such. */
static void count_entities(struct str text, struct mime_counts *counts)
{
	counts->plain_bytes += text.len;
	for (ptrdiff_t at; (at = str_find_char(text, '&')) >= 0;) {
		bool digits;

		text = str_from_offset(text, (size_t)at);
		digits = str_starts(text, STR("&#x")) && text.len >= 8 && text.data[7] == ';';
		for (size_t k = 3; digits && k < 7; k++)
			digits = char_is_digit(text.data[k]) ||
			         (text.data[k] >= 'A' && text.data[k] <= 'F');
		if (digits) {
			counts->entities++;
			counts->plain_bytes -= 8;
		}
		text = str_from_offset(text, digits ? 8 : 1);
	}
}

/* The next line with its LF. */
static bool next_raw_line(struct str *rest, struct str *line_r)
{
	ptrdiff_t end;

	if (rest->len == 0)
		return false;
	end = str_find_char(*rest, '\n');
	*line_r = str_prefix(*rest, end < 0 ? rest->len : (size_t)end + 1);
	*rest = str_from_offset(*rest, line_r->len);
	return true;
}

static void count_body(const struct eval_context *context, const struct mime_part *part,
                       struct mime_counts *counts)
{
	struct str encoding = part_field(context, part, "Content-Transfer-Encoding");
	bool plain = str_eq(mime_declared_type(context->arena, part), STR("text/plain"));
	bool unnamed = part->charset.len == 0 &&
	               !contains(part_field(context, part, "Content-Type"), "charset");
	bool ascii = plain && (unnamed || str_eq(part->charset, STR("us-ascii")));
	bool literal = plain && (encoding.len == 0 || str_eq(encoding, STR("7bit")) ||
	                         str_eq(encoding, STR("8bit")));
	bool qp = str_eq(encoding, STR("quoted-printable"));
	struct str rest, line;

	if (!ascii && !literal && !qp)
		return;
	rest = mime_raw_lines(context->arena, part);
	counts->illegal_ascii = counts->illegal_ascii || (ascii && has_illegal_ascii(rest));
	if (literal)
		count_entities(rest, counts);
	while (qp && next_raw_line(&rest, &line))
		count_qp_line(line, counts);
}

/* Compares the bytes of the last plain text with those of the last HTML, without attachments. */
static double alternative_ratio(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	double text = -1, html = -1;
	bool inside = false;

	for (size_t i = 0; i < parts->len; i++) {
		const struct mime_part *part = parts->items[i];
		struct str type = mime_declared_type(context->arena, part);
		bool is_html = str_eq(type, STR("text/html"));
		double bytes;

		inside = inside || str_eq(type, STR("multipart/alternative"));
		if (part->first_child != NULL || (!is_html && !str_eq(type, STR("text/plain"))) ||
		    contains(part_field(context, part, "Content-Disposition"), "attachment"))
			continue;
		bytes = inside ? (double)mime_raw_lines(context->arena, part).len : 0;
		*(is_html ? &html : &text) = bytes;
	}
	return text >= 0 && html > 0 ? text / html : 1;
}

static const struct mime_counts *count_parts(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	struct mime_counts *counts = eval_cached(context, EVAL_CACHE_MIME);

	if (counts != NULL)
		return counts;
	counts = arena_new_object(context->arena, struct mime_counts);
	for (size_t i = 0; i < parts->len; i++) {
		count_header(context, parts->items[i], counts);
		if (parts->items[i]->first_child == NULL)
			count_body(context, parts->items[i], counts);
	}
	counts->alternative_ratio = counts->alternative ? alternative_ratio(context) : 1;
	/* If there was any such text, SpamAssassin counts its escapes instead of its parts. */
	if (counts->qp_bytes > 0)
		counts->qp = counts->qp_encoded;
	eval_cache(context, EVAL_CACHE_MIME, counts);
	return counts;
}

static double check_for_mime(const struct eval_context *context)
{
	const struct mime_counts *counts = count_parts(context);
	struct str name = eval_text(context, 0);

	if (str_eq(name, STR("mime_base64_count")))
		return counts->base64 > 0;
	if (str_eq(name, STR("mime_base64_encoded_text")))
		return counts->base64_text;
	if (str_eq(name, STR("mime_body_html_count")))
		return counts->html > 0;
	if (str_eq(name, STR("mime_body_text_count")))
		return counts->text > 0;
	if (str_eq(name, STR("mime_missing_boundary")))
		return counts->unclosed;
	if (str_eq(name, STR("mime_multipart_alternative")))
		return counts->alternative;
	if (str_eq(name, STR("mime_qp_count")))
		return counts->qp > 0;
	if (str_eq(name, STR("mime_qp_long_line")))
		return counts->long_qp_line;
	if (str_eq(name, STR("mime_qp_ratio")))
		return counts->qp_encoded > 0;
	if (str_eq(name, STR("mime_attachment")))
		return counts->attachments > 0;
	if (str_eq(name, STR("mime_bad_iso_charset")))
		return counts->bad_iso_charset;
	if (str_eq(name, STR("mime_faraway_charset")))
		return counts->faraway_charset;
	if (str_eq(name, STR("mime_ascii_text_illegal")))
		return counts->illegal_ascii;
	if (str_eq(name, STR("mime_multipart_ratio")))
		return counts->alternative_ratio != 0;
	return str_eq(name, STR("mime_text_unicode_ratio")) && counts->entities > 0;
}

static bool is_html_message(const struct eval_context *context)
{
	return str_starts_ci(eval_field(context, "Content-Type"), STR("text/html"));
}

static double check_for_mime_html(const struct eval_context *context)
{
	return is_html_message(context) || count_parts(context)->html > 0;
}

static double check_for_mime_html_only(const struct eval_context *context)
{
	const struct mime_counts *counts = count_parts(context);

	return is_html_message(context) || (counts->html > 0 && counts->text == 0);
}

static double check_mime_multipart_ratio(const struct eval_context *context)
{
	double ratio = count_parts(context)->alternative_ratio;

	return ratio >= eval_number(context, 0, 0) && ratio < eval_number(context, 1, 0);
}

static double check_for_ascii_text_illegal(const struct eval_context *context)
{
	return count_parts(context)->illegal_ascii;
}

static double check_abundant_unicode_ratio(const struct eval_context *context)
{
	const struct mime_counts *counts = count_parts(context);

	if (counts->plain_bytes == 0)
		return 0;
	return (double)counts->entities / (double)counts->plain_bytes >= eval_number(context, 0, 1);
}

static double check_qp_ratio(const struct eval_context *context)
{
	const struct mime_counts *counts = count_parts(context);
	double ratio =
		counts->qp_bytes > 0 ? (double)counts->qp_encoded / (double)counts->qp_bytes : 0;

	return ratio >= eval_number(context, 0, 0);
}

static bool any_part_has(const struct eval_context *context, unsigned faults)
{
	const struct mime_part_list *parts = &context->message->parts;

	for (size_t i = 0; i < parts->len; i++)
		if ((parts->items[i]->faults & faults) != 0)
			return true;
	return false;
}

static double check_msg_parse_flags(const struct eval_context *context)
{
	const struct message *message = context->message;
	struct str name = eval_text(context, 0);

	if (str_eq(name, STR("missing_head_body_separator")))
		return (message->root->faults & MIME_FAULT_NO_SEPARATOR) != 0;
	if (str_eq(name, STR("missing_mime_head_body_separator"))) {
		for (size_t i = 1; i < message->parts.len; i++)
			if ((message->parts.items[i]->faults & MIME_FAULT_NO_SEPARATOR) != 0 &&
			    !message->parts.items[i]->is_message)
				return 1;
		return 0;
	}
	if (str_eq(name, STR("missing_mime_headers")))
		return any_part_has(context, MIME_FAULT_NO_HEADERS);
	if (str_eq(name, STR("mime_epilogue_exists")))
		return any_part_has(context, MIME_FAULT_EPILOGUE);
	return str_eq(name, STR("truncated_header")) &&
	       ((message->root->faults & MIME_FAULT_LONG_HEADER) != 0 ||
	        field_all_is_cut(&message->headers));
}

/* A part of multipart/alternative that is nothing to choose between. */
static double check_ma_non_text(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;

	for (size_t i = 0; i < parts->len; i++) {
		const struct mime_part *part = parts->items[i];
		struct str type = mime_declared_type(context->arena, part);

		if (part->parent == NULL || part->first_child != NULL ||
		    !str_eq(part->parent->type, STR("multipart/alternative")))
			continue;
		if (!str_eq(type, STR("multipart/related")) &&
		    !str_eq(type, STR("application/rtf")) && !str_starts(type, STR("text/")))
			return 1;
	}
	return 0;
}

static size_t longest_line(const struct eval_context *context, const struct mime_part *part)
{
	struct str rest = mime_raw_lines(context->arena, part), line;
	size_t longest = 0;

	while (next_raw_line(&rest, &line))
		if (line.len > longest)
			longest = line.len;
	return longest;
}

static double check_base64_length(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	double longest = 0;

	for (size_t i = 0; i < parts->len; i++) {
		const struct mime_part *part = parts->items[i];
		double length;

		if (part->first_child != NULL ||
		    str_eq(mime_declared_type(context->arena, part), STR("application/ics")) ||
		    !str_eq(part_field(context, part, "Content-Transfer-Encoding"), STR("base64")))
			continue;
		length = (double)longest_line(context, part);
		longest = length > longest ? length : longest;
	}
	if (context->args->texts.len > 1 && longest > eval_number(context, 1, 0))
		return 0;
	return longest >= eval_number(context, 0, 0);
}

const struct eval_function eval_mime_functions[] = {
	{ .name = "check_for_mime", .run = check_for_mime, .args = "t" },
	{ .name = "check_for_mime_html",
	  .run = check_for_mime_html,
	  .fields = EVAL_FIELDS("Content-Type") },
	{ .name = "check_for_mime_html_only",
	  .run = check_for_mime_html_only,
	  .fields = EVAL_FIELDS("Content-Type") },
	{ .name = "check_mime_multipart_ratio", .run = check_mime_multipart_ratio, .args = "nn" },
	{ .name = "check_for_ascii_text_illegal", .run = check_for_ascii_text_illegal },
	{ .name = "check_abundant_unicode_ratio",
	  .run = check_abundant_unicode_ratio,
	  .args = "|n" },
	{ .name = "check_qp_ratio", .run = check_qp_ratio, .args = "n" },
	{ .name = "check_msg_parse_flags", .run = check_msg_parse_flags, .args = "t" },
	{ .name = "check_ma_non_text", .run = check_ma_non_text },
	{ .name = "check_base64_length", .run = check_base64_length, .args = "n|n" },
	{ 0 },
};
