/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/record_rules.h"

#include <string.h>

#include "base/decimal.h"
#include "base/map.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "scoring/learned_words.h"
#include "scoring/matched_text.h"
#include "scoring/score.h"

/* Causes of a meta that are recorded. */
#define CAUSES_MAX 5

/* Writing. */

/* What separates is a blank in the texts. */
static void add_plain(struct strbuf *buf, struct str text)
{
	size_t begin = buf->len;

	strbuf_add(buf, text);
	for (size_t i = begin; i < buf->len; i++)
		if ((unsigned char)buf->data[i] < ' ')
			buf->data[i] = ' ';
}

static void add_line(struct strbuf *buf, const char *before, struct str name, struct str text)
{
	strbuf_add(buf, str_from(before));
	strbuf_add(buf, name);
	strbuf_add_char(buf, '\t');
	add_plain(buf, text);
	strbuf_add_char(buf, '\n');
}

static void add_hit(struct strbuf *buf, const struct rule_hit *hit)
{
	add_line(buf, "", hit->name, hit->matched);
	for (size_t i = 0; i < hit->causes.len && i < CAUSES_MAX; i++)
		add_line(buf, "\t", hit->causes.items[i].name, hit->causes.items[i].matched);
}

/* Of the first rule that says what was learned: behind all others, so that there is room for them.
 */
static void add_reasons(struct strbuf *buf, struct arena *arena, const struct hits *hits,
                        const struct rule_hit *hit)
{
	size_t before = buf->len;

	add_line(buf, "", hit->name, STR(""));
	for (int i = 0; i < 2; i++) {
		struct str words = learned_words(arena, hits->learned, i == 0);

		if (words.len > 0)
			add_line(buf, i == 0 ? "\t\tfor spam: " : "\t\tagainst it: ", words,
			         STR(""));
	}
	if (buf->len > RECORD_MATCHED_MAX)
		buf->len = before;
}

static const struct rule_hit *first_learned(const struct rule_hit **order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (order[i]->learned)
			return order[i];
	return NULL;
}

const char *record_matched(struct arena *arena, const struct hits *hits)
{
	const struct rule_hit **order = score_order(arena, hits);
	const struct rule_hit *learned = first_learned(order, hits->len);
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < hits->len; i++) {
		size_t before = buf.len;

		if (order[i]->matched.len == 0 && order[i]->causes.len == 0)
			continue;
		add_hit(&buf, order[i]);
		if (buf.len > RECORD_MATCHED_MAX)
			buf.len = before;
	}
	if (learned != NULL && hits->learned != NULL && hits->learned->reasons.len > 0)
		add_reasons(&buf, arena, hits, learned);
	return arena_cstr(arena, strbuf_str(&buf));
}

/* Reading. */

bool record_rules_next(struct str *rest, struct str *name_r, int32_t *points_r)
{
	struct str piece;
	ptrdiff_t equals;

	if (rest->len == 0 || !str_next_piece(rest, ',', &piece))
		return false;
	equals = str_rfind_char(piece, '=');
	*points_r = 0;
	if (equals >= 0)
		decimal_parse(str_from_offset(piece, (size_t)equals + 1), points_r);
	*name_r = equals >= 0 ? str_prefix(piece, (size_t)equals) : piece;
	return true;
}

static struct str describe(const struct ruleset *ruleset, struct str name)
{
	return ruleset != NULL ? ruleset_description(ruleset, name) : STR("");
}

/* What a cause is, as reports say it. */
static struct str cause_text(struct arena *arena, const struct ruleset *ruleset, struct str line)
{
	ptrdiff_t tab = str_find_char(line, '\t');
	struct str name = tab >= 0 ? str_prefix(line, (size_t)tab) : line;
	struct str text = tab >= 0 ? str_from_offset(line, (size_t)tab + 1) : STR("");
	struct str description = describe(ruleset, name);

	/* In words already. */
	if (name.len == 0)
		return str_trim_right(text);
	if (description.len > 0)
		return description;
	text = matched_text(arena, text);
	if (text.len > 0)
		return arena_printf(arena, "\"%.*s\"", STR_FMT(text));
	return str_from_offset(name, str_starts(name, STR("__")) ? 2 : 0);
}

static void read_matched(struct arena *arena, const struct ruleset *ruleset, struct map *by_name,
                         struct str matched)
{
	struct record_rule *rule = NULL;
	struct str line;

	while (matched.len > 0 && str_next_line(&matched, &line)) {
		ptrdiff_t tab = str_find_char(line, '\t');

		if (tab < 0)
			continue;
		if (tab > 0) {
			rule = map_get(by_name, str_prefix(line, (size_t)tab));
			if (rule != NULL)
				rule->matched =
					matched_text(arena, str_from_offset(line, (size_t)tab + 1));
		} else if (rule != NULL) {
			struct str cause = cause_text(arena, ruleset, str_from_offset(line, 1));

			rule->because = arena_printf(arena, "%.*s%s%.*s", STR_FMT(rule->because),
			                             rule->because.len > 0 ? "; " : "",
			                             STR_FMT(shown_text(arena, cause)));
		}
	}
}

struct record_rule_list record_rules(struct arena *arena, const struct record *record,
                                     const struct ruleset *ruleset)
{
	struct str rest = str_from(record->rules), name;
	struct map *by_name = map_new(arena, MAP_EXACT);
	struct record_rule_list list = { 0 };
	int32_t points;

	while (list.len < RECORD_RULES_MAX && record_rules_next(&rest, &name, &points)) {
		struct record_rule rule = { .name = arena_str(arena, name),
			                    .points = points,
			                    .description = describe(ruleset, name) };

		vec_push(arena, &list, rule);
	}
	for (size_t i = 0; i < list.len; i++)
		map_set(by_name, list.items[i].name, &list.items[i]);
	if (record->matched != NULL)
		read_matched(arena, ruleset, by_name, str_from(record->matched));
	return list;
}
