/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval.h"

#include <stdlib.h>

static const struct eval_function *const tables[] = {
	eval_date_functions,
	eval_body_functions,
	eval_header_functions,
	eval_html_functions,
	eval_mime_functions,
	eval_list_functions,
	eval_spf_functions,
};

const struct eval_function *eval_find(struct str name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct eval_function *row = tables[i]; row->name != NULL; row++)
			if (str_eq(str_from(row->name), name))
				return row;
	return NULL;
}

struct str eval_arg(const struct str_list *args, size_t i)
{
	return i < args->len ? args->items[i] : STR("");
}

double eval_arg_number(const struct str_list *args, size_t i, double otherwise)
{
	struct str arg = eval_arg(args, i);
	char text[32], *end;
	double value;

	if (arg.len == 0 || arg.len >= sizeof(text))
		return otherwise;
	for (size_t k = 0; k < arg.len; k++)
		text[k] = arg.data[k];
	text[arg.len] = '\0';
	value = strtod(text, &end);
	return end != text ? value : otherwise;
}

void *eval_cached(const struct match *match, enum eval_cache_slot slot)
{
	return match->cache[slot];
}

void eval_cache(struct match *match, enum eval_cache_slot slot, void *value)
{
	match->cache[slot] = value;
}

bool eval_charset_looks_like_capitals(struct str charset)
{
	static const char *const parts[] = { "koi",	     "jp",	   "jis",	 "euc",
					     "gb",	     "big5",	   "isoir",	 "cp1251",
					     "windows-1251", "georgianps", "pt154",	 "tis" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (str_find_ci(charset, str_from(parts[i])) >= 0)
			return true;
	return false;
}

static bool is_open(struct str arg)
{
	return arg.len == 0 || str_eq(arg, STR("undef"));
}

bool eval_in_range(const struct str_list *args, size_t first, double value)
{
	if (!is_open(eval_arg(args, first)) && value < eval_arg_number(args, first, 0))
		return false;
	return is_open(eval_arg(args, first + 1)) || value < eval_arg_number(args, first + 1, 0);
}
