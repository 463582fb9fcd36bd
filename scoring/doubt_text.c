/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/doubt_text.h"

#include "base/strbuf.h"

/* How many rules are named as reasons for doubt. */
#define DOUBTFUL_NAMED 3

struct str doubt_text(struct arena *arena, const struct hits *hits)
{
	const struct str_list *causes = &hits->doubt_causes;
	const struct str_list *rules = &hits->doubtful_rules;
	struct strbuf text;

	strbuf_init(&text, arena);
	for (size_t i = 0; i < causes->len; i++)
		strbuf_printf(&text, "%s%.*s", i > 0 ? ", " : "", STR_FMT(causes->items[i]));
	strbuf_add(&text, STR(": the score might be lower"));
	for (size_t i = 0; i < rules->len && i < DOUBTFUL_NAMED; i++)
		strbuf_printf(&text, "%s%.*s", i > 0 ? ", " : " by ", STR_FMT(rules->items[i]));
	if (rules->len > DOUBTFUL_NAMED)
		strbuf_printf(&text, " and %zu others", rules->len - DOUBTFUL_NAMED);
	return strbuf_str(&text);
}
