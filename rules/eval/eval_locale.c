/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is text in a charset of languages that nobody here reads? `ok_locales` says which are read:
 * "all", or some of en ja ko ru th zh.
 */
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"

#define CYRILLIC "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS PT154 CP866"

/* Charsets of one locale, their names in capitals and without punctuation. */
static const struct {
	const char *locale;
	const char *charsets;
} locale_charsets[] = {
	{ "ja", "EUCJP JISX020119760 JISX020819830 JISX020819900 JISX020819970 JISX021219900 "
	        "JISX021320001 JISX021320002 SHIFTJIS SHIFTJISX0213 SJIS ISO2022JP JIS7 JISX0201 "
	        "JISX0208 JISX0212 JISX0213" },
	{ "ko", "EUCKR KSC56011987 KSC5601 ISO2022KR" },
	{ "ru", CYRILLIC },
	{ "be", CYRILLIC },
	{ "bg", CYRILLIC },
	{ "ka", CYRILLIC },
	{ "tg", CYRILLIC },
	{ "uk", CYRILLIC },
	{ "th", "TIS620" },
	{ "zh", "GB1988 GB2312 GB231219800 GB18030 GBK BIG5HKSCS BIG5 EUCTW ISO2022CN" },
};

/* Charsets that say nothing about a language: names, and with * prefixes of names. */
static const char *const neutral[] = { "USASCII",       "ASCII",    "IBM852",    "XUNKNOWN",
	                               "ISO",           "ISO8859*", "ISO10646*", "UTF*",
	                               "UCS*",          "CP125*",   "WINDOWS*",  "UNICODE11UTF7*",
	                               "UNICODE11UTF8*" };

/* "iso-8859-1" → "ISO88591"; "3D" in front is left from quoted-printable. */
static struct str plain_name(struct arena *arena, struct str charset)
{
	char *name = arena_alloc(arena, charset.len);
	struct str plain = { name, 0 };

	for (size_t i = 0; i < charset.len; i++) {
		char c = charset.data[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (char_is_alnum(c))
			name[plain.len++] = c;
	}
	while (str_starts(plain, STR("3D")))
		plain = str_from_offset(plain, 2);
	return plain;
}

static bool is_neutral(struct str name)
{
	for (size_t i = 0; i < sizeof(neutral) / sizeof(neutral[0]); i++) {
		struct str row = str_from(neutral[i]);
		bool front = row.data[row.len - 1] == '*';

		if (front ? str_starts(name, str_prefix(row, row.len - 1)) : str_eq(name, row))
			return true;
	}
	return false;
}

static bool all_welcome(const struct str_list *locales)
{
	for (size_t i = 0; i < locales->len; i++)
		if (str_eq(locales->items[i], STR("all")))
			return true;
	return locales->len == 0;
}

static bool is_welcome(const struct eval_context *context, struct str charset)
{
	const struct str_list *locales = ruleset_words(context->set, "ok_locales");
	struct str name = plain_name(context->arena, charset);

	if (name.len == 0 || all_welcome(locales) || is_neutral(name))
		return true;
	for (size_t i = 0; i < locales->len; i++)
		for (size_t k = 0; k < sizeof(locale_charsets) / sizeof(locale_charsets[0]); k++)
			if (str_starts(locales->items[i], str_from(locale_charsets[k].locale)) &&
			    str_has_word(str_from(locale_charsets[k].charsets), name))
				return true;
	return false;
}

bool eval_charset_faraway(const struct eval_context *context, struct str charset)
{
	return !is_welcome(context, charset);
}

/* Mostly bytes beyond ASCII, as is text in such a charset when it is taken for another. */
static bool is_mostly_high(const struct str_list *body)
{
	size_t high = 0, low = 0;

	for (size_t i = 0; i < body->len; i++)
		for (size_t k = 0; k < body->items[i].len; k++) {
			high += (unsigned char)body->items[i].data[k] >= 0x80;
			low += (unsigned char)body->items[i].data[k] < 0x80;
		}
	return low <= high && high > 3;
}

static double check_for_faraway_charset(const struct eval_context *context)
{
	const struct message *message = context->message;

	return !is_welcome(context, message->root->charset) && is_mostly_high(eval_texts(context));
}

/* Has an encoded word such a charset? */
static bool has_unwelcome_word(const struct eval_context *context, struct str raw)
{
	const struct pattern *pattern = eval_pattern_get(context, EVAL_RE_ENCODED_WORD);
	struct pattern_span span;
	bool more = eval_match(context, pattern, raw, &span);

	while (more) {
		struct str charset;

		if (eval_match_group(context, raw, 1, &charset) && !is_welcome(context, charset))
			return true;
		more = eval_match_next(context, pattern, raw, &span);
	}
	return false;
}

static double faraway_charset_in_headers(const struct eval_context *context)
{
	if (all_welcome(ruleset_words(context->set, "ok_locales")))
		return 0;
	return has_unwelcome_word(context, eval_field(context, "From:raw")) ||
	       has_unwelcome_word(context, eval_field(context, "Subject:raw"));
}

/* The charsets that an HTML part names in <meta>: more unwelcome than welcome ones. */
static double html_charset_faraway(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;

	for (size_t i = 0; i < parts->len; i++) {
		size_t welcome = 0, unwelcome = 0;

		if (parts->items[i]->html == NULL)
			continue;
		for (size_t k = 0; k < parts->items[i]->html->charsets.len; k++) {
			bool ok = is_welcome(context, parts->items[i]->html->charsets.items[k]);

			welcome += ok;
			unwelcome += !ok;
		}
		if (unwelcome > 0 && unwelcome >= welcome)
			return 1;
	}
	return 0;
}

const struct eval_function eval_locale_functions[] = {
	{ .name = "check_for_faraway_charset", .run = check_for_faraway_charset },
	{ .name = "check_for_faraway_charset_in_headers",
	  .run = faraway_charset_in_headers,
	  .fields = EVAL_FIELDS("From:raw", "Subject:raw") },
	{ .name = "html_charset_faraway", .run = html_charset_faraway },
	{ 0 },
};
