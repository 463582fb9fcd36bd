/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/mirrors.h"

#define MIRRORS_MAX 100
#define URL_MAX     1000
#define WEIGHT_MAX  10000

bool mirrors_url_valid(struct str url)
{
	struct str rest = STR("");

	if (str_starts_ci(url, STR("http://")))
		rest = str_from_offset(url, 7);
	else if (str_starts_ci(url, STR("https://")))
		rest = str_from_offset(url, 8);
	if (rest.len == 0 || rest.data[0] == '/' || url.len > URL_MAX)
		return false;
	for (size_t i = 0; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] > '~')
			return false;
	return true;
}

static bool parse_line(struct str line, struct mirror *mirror_r)
{
	const struct str weight_key = STR("weight=");
	struct str word;
	uint64_t weight;

	*mirror_r = (struct mirror){ .weight = 1 };
	if (!str_next_word(&line, &word) || !mirrors_url_valid(word))
		return false;
	while (word.data[word.len - 1] == '/')
		word.len--;
	mirror_r->url = word;
	while (str_next_word(&line, &word)) {
		if (!str_starts_ci(word, weight_key))
			continue;
		if (str_to_uint(str_from_offset(word, weight_key.len), WEIGHT_MAX, &weight) &&
		    weight > 0)
			mirror_r->weight = (unsigned)weight;
	}
	return true;
}

void mirrors_parse(struct arena *arena, struct str text, struct mirror_list *mirrors_r)
{
	struct mirror mirror;
	struct str line;

	*mirrors_r = (struct mirror_list){ 0 };
	while (mirrors_r->len < MIRRORS_MAX && str_next_line(&text, &line)) {
		ptrdiff_t comment = str_find_char(line, '#');

		if (comment >= 0)
			line = str_prefix(line, (size_t)comment);
		if (parse_line(line, &mirror))
			vec_push(arena, mirrors_r, mirror);
	}
}

bool mirrors_take(struct mirror_list *mirrors, uint64_t random, struct mirror *mirror_r)
{
	uint64_t total = 0;
	size_t i = 0;

	if (mirrors->len == 0)
		return false;
	for (size_t j = 0; j < mirrors->len; j++)
		total += mirrors->items[j].weight;
	random %= total;
	while (random >= mirrors->items[i].weight)
		random -= mirrors->items[i++].weight;
	*mirror_r = mirrors->items[i];
	mirrors->items[i] = mirrors->items[--mirrors->len];
	return true;
}
