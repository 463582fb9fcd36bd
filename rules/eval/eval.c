/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval.h"

#include <math.h>

#include "rules/match/field.h"
#include "rules/match/message_tag.h"
#include "rules/model/number.h"
#include "rules/model/plugin.h"

/* Plugins are named where rule files have to load them. */
static const struct {
	const struct eval_function *rows;
	const char *plugin;
} tables[] = {
	{ eval_attachment_functions, PLUGIN_PREFIX "AntiVirus" },
	{ eval_authres_functions, PLUGIN_PREFIX "AuthRes" },
	{ eval_body_functions, NULL },
	{ eval_brand_functions, NULL },
	{ eval_date_functions, NULL },
	{ eval_arc_functions, NULL },
	{ eval_dkim_functions, NULL },
	{ eval_freemail_functions, NULL },
	{ eval_header_functions, NULL },
	{ eval_html_functions, NULL },
	{ eval_image_functions, NULL },
	{ eval_language_functions, PLUGIN_PREFIX "TextCat" },
	{ eval_learned_functions, PLUGIN_PREFIX "Bayes" },
	{ eval_limit_functions, NULL },
	{ eval_list_functions, NULL },
	{ eval_locale_functions, NULL },
	{ eval_mime_functions, NULL },
	{ eval_misc_functions, NULL },
	{ eval_missing_functions, NULL },
	{ eval_name_functions, PLUGIN_PREFIX "FromNameSpoof" },
	{ eval_pdf_functions, PLUGIN_PREFIX "PDFInfo" },
	{ eval_people_functions, NULL },
	{ eval_received_functions, NULL },
	{ eval_relay_functions, NULL },
	{ eval_sender_link_functions, NULL },
	{ eval_reply_functions, NULL },
	{ eval_short_url_functions, PLUGIN_PREFIX "DecodeShortURLs" },
	{ eval_spf_functions, NULL },
};
#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

static bool row_is(const struct eval_function *row, struct str name)
{
	struct str row_name = str_from(row->name);

	if (row_name.data[row_name.len - 1] == '*')
		return str_starts(name, str_prefix(row_name, row_name.len - 1));
	return str_eq(row_name, name);
}

static const struct eval_function *find_in(size_t table, struct str name)
{
	for (const struct eval_function *row = tables[table].rows; row->name != NULL; row++)
		if (row_is(row, name))
			return row;
	return NULL;
}

const struct eval_function *eval_find(struct str name)
{
	const struct eval_function *row = NULL;

	for (size_t i = 0; i < TABLE_COUNT && row == NULL; i++)
		row = find_in(i, name);
	return row;
}

bool eval_waits(const struct eval_function *function)
{
	return function->of_people || eval_is_about_spf(function) ||
	       eval_is_about_signatures(function);
}

bool eval_has_plugin(const struct ruleset *set, struct str name)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (tables[i].plugin != NULL && find_in(i, name) != NULL)
			return plugin_is_loaded(set, str_from(tables[i].plugin));
	return true;
}

static bool has_arg(const struct eval_context *context, size_t i)
{
	return i < context->args->texts.len;
}

struct str eval_text(const struct eval_context *context, size_t i)
{
	return has_arg(context, i) ? context->args->texts.items[i] : STR("");
}

double eval_number(const struct eval_context *context, size_t i, double otherwise)
{
	double number = has_arg(context, i) ? context->args->numbers[i] : NAN;

	return isnan(number) ? otherwise : number;
}

struct str eval_field(const struct eval_context *context, const char *request)
{
	return field_text(context->match, request);
}

struct str eval_field_first(const struct eval_context *context, const char *request)
{
	struct str all = eval_field(context, request);
	ptrdiff_t end = str_find_char(all, '\n');

	return end < 0 ? all : str_prefix(all, (size_t)end);
}

struct str eval_collapse_space(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!char_is_space(text.data[i]))
			out[len++] = text.data[i];
		else if (i == 0 || !char_is_space(text.data[i - 1]))
			out[len++] = ' ';
	}
	return (struct str){ out, len };
}

void eval_show(const struct eval_context *context, struct str why)
{
	context->match->matched = why;
}

void eval_set_tag(const struct eval_context *context, const char *name, struct str value)
{
	message_tag_set(&context->match->hits->tags, context->arena, str_from(name), value);
}

const struct str_list *eval_texts(const struct eval_context *context)
{
	const struct message *message = context->message;

	return context->rule->eval_raw ? &message->rawbody : &message->body;
}

void *eval_cached(const struct eval_context *context, enum eval_cache_slot slot)
{
	return context->cache->values[slot];
}

void eval_cache(const struct eval_context *context, enum eval_cache_slot slot, void *value)
{
	context->cache->values[slot] = value;
}

bool eval_charset_looks_like_capitals(struct str charset)
{
	static const char *const parts[] = { "koi",          "jp",         "jis",   "euc",
		                             "gb",           "big5",       "isoir", "cp1251",
		                             "windows-1251", "georgianps", "pt154", "tis" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (str_find_ci(charset, str_from(parts[i])) >= 0)
			return true;
	return false;
}

bool eval_in_range(const struct eval_context *context, size_t first, double value)
{
	return value >= eval_number(context, first, -INFINITY) &&
	       value < eval_number(context, first + 1, INFINITY);
}

double eval_setting(const struct eval_context *context, const char *statement, double otherwise)
{
	const struct str_list *words = ruleset_words(context->set, statement);

	return words->len > 0 ? number_read(words->items[words->len - 1], otherwise) : otherwise;
}
