/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/score.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/strbuf.h"

int32_t score_sum(const struct hits *hits)
{
	int32_t sum = 0;

	for (size_t i = 0; i < hits->len; i++)
		sum = decimal_add(sum, hits->items[i].score);
	return sum;
}

typedef int comparison(const void *a, const void *b);

/* Where an item stands in the file decides between equals: items are in that order in memory. */
static int in_file_order(const struct rule_hit *a, const struct rule_hit *b)
{
	return a < b ? -1 : a > b;
}

static int by_falling_score(const void *a, const void *b)
{
	const struct rule_hit *x = *(const struct rule_hit *const *)a;
	const struct rule_hit *y = *(const struct rule_hit *const *)b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return in_file_order(x, y);
}

static int by_name(const void *a, const void *b)
{
	const struct rule_hit *x = *(const struct rule_hit *const *)a;
	const struct rule_hit *y = *(const struct rule_hit *const *)b;
	int order = str_cmp(x->name, y->name);

	return order != 0 ? order : in_file_order(x, y);
}

static const struct rule_hit **sorted(struct arena *arena, const struct hits *hits,
                                      comparison *compare)
{
	const struct rule_hit **order = arena_alloc(arena, hits->len * sizeof(*order));

	for (size_t i = 0; i < hits->len; i++)
		order[i] = &hits->items[i];
	qsort(order, hits->len, sizeof(*order), compare);
	return order;
}

const struct rule_hit **score_order(struct arena *arena, const struct hits *hits)
{
	return sorted(arena, hits, by_falling_score);
}

struct str score_list(struct arena *arena, const struct hits *hits)
{
	const struct rule_hit **order = sorted(arena, hits, by_falling_score);
	char score[DECIMAL_TEXT_SIZE];
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < hits->len; i++) {
		strbuf_add(&buf, order[i]->name);
		strbuf_add_char(&buf, '=');
		strbuf_add(&buf, str_from(decimal_format(order[i]->score, score)));
		if (i + 1 < hits->len)
			strbuf_add_char(&buf, ',');
	}
	return strbuf_str(&buf);
}

struct str score_names(struct arena *arena, const struct hits *hits)
{
	const struct rule_hit **order = sorted(arena, hits, by_name);
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < hits->len; i++) {
		strbuf_add(&buf, order[i]->name);
		if (i + 1 < hits->len)
			strbuf_add_char(&buf, ',');
	}
	return strbuf_str(&buf);
}
