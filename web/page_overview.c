/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_overview.h"

#include "base/decimal.h"
#include "web/chart.h"
#include "web/export.h"
#include "web/filter_state.h"
#include "web/frame.h"
#include "web/row.h"

#define HOUR_US (INT64_C(3600) * 1000000)

/* The layers of a bar, from below. */
static const enum record_kind layers[] = { RECORD_DELIVERED, RECORD_FORWARDED, RECORD_OBSERVED,
	                                   RECORD_DISCARDED, RECORD_DISCARDED_INFECTED };
#define LAYER_COUNT (sizeof(layers) / sizeof(layers[0]))

/* What may be looked at. */
static const struct times {
	const char *since; /* in the address */
	enum word word;
	size_t spans;
	int64_t span_us;
	size_t labelled; /* of so many spans one has a label, from the last on */
	const char *unit;
	size_t unit_spans; /* that are one of it */
} all_times[] = {
	{ "24h", WORD_SPAN_DAY, 24, HOUR_US, 6, "h", 1 },
	{ "7d", WORD_SPAN_WEEK, 28, 6 * HOUR_US, 4, "d", 4 },
	{ "30d", WORD_SPAN_MONTH, 30, 24 * HOUR_US, 5, "d", 1 },
};
#define TIMES_COUNT (sizeof(all_times) / sizeof(all_times[0]))

static const struct times *wanted_times(const struct page *page)
{
	struct str since = form_get(&page->request->query, "since");

	for (size_t i = 1; i < TIMES_COUNT; i++)
		if (str_eq(since, str_from(all_times[i].since)))
			return &all_times[i];
	return &all_times[0];
}

static void add_switch(struct page *page, const struct times *times)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<p class=\"switch\">");
	for (size_t i = 0; i < TIMES_COUNT; i++) {
		strbuf_printf(buf, " <a href=\"overview?since=%s\"%s>", all_times[i].since,
		              &all_times[i] == times ? " aria-current=\"true\"" : "");
		html_word(buf, all_times[i].word);
		html_raw(buf, "</a>");
	}
	html_raw(buf, "</p>\n");
}

static void add_tile(struct strbuf *buf, const char *class, enum word word, int64_t count)
{
	strbuf_printf(buf, "<div class=\"tile %s\"><dt>", class);
	html_word(buf, word);
	html_raw(buf, "</dt><dd>");
	html_number(buf, count);
	html_raw(buf, "</dd></div>\n");
}

static void add_tiles(struct strbuf *buf, const struct store_overview *overview)
{
	html_raw(buf, "<dl class=\"tiles\">\n");
	for (size_t i = 0; i < LAYER_COUNT; i++)
		add_tile(buf, row_class(layers[i]), row_action(layers[i]),
		         overview->totals[layers[i]]);
	add_tile(buf, "rejected", WORD_REJECTED,
	         overview->totals[RECORD_REJECTED] + overview->totals[RECORD_REJECTED_SRS]);
	html_raw(buf, "</dl>\n");
}

static void add_time_chart(struct page *page, const struct store_overview *overview,
                           const struct times *times)
{
	struct chart chart = { .title = WORD_CHART_TIME,
		               .layers = LAYER_COUNT,
		               .count = overview->spans,
		               .line = -1 };

	chart.bars = arena_calloc(page->arena, overview->spans, sizeof(*chart.bars));
	for (size_t k = 0; k < LAYER_COUNT; k++)
		chart.classes[k] = row_class(layers[k]);
	for (size_t i = 0; i < overview->spans; i++) {
		struct chart_bar *bar = &chart.bars[i];
		size_t ago = overview->spans - 1 - i;

		for (size_t k = 0; k < LAYER_COUNT; k++)
			bar->layers[k] = (uint64_t)overview->counts[i][layers[k]];
		if (ago == 0)
			bar->label = words_text(WORD_NOW);
		else if (ago % times->labelled == 0)
			bar->label = arena_printf(page->arena, "−%zu %s", ago / times->unit_spans,
			                          times->unit)
			                     .data;
	}
	chart_add(&page->response->body, &chart);
}

/* The ends, where more is beyond, and each fifth point. */
static const char *score_label(struct arena *arena, size_t i, int32_t point)
{
	if (i == 0)
		return arena_printf(arena, "<−%d", -STORE_OVERVIEW_LOWEST).data;
	if (i == STORE_OVERVIEW_SCORES - 1)
		return arena_printf(arena, "≥%d", point).data;
	/* The second has no room beside the first. */
	if (i == 1 || point % 5 != 0)
		return NULL;
	return arena_printf(arena, point < 0 ? "−%d" : "%d", point < 0 ? -point : point).data;
}

static void add_score_chart(struct page *page, const struct store_overview *overview)
{
	int32_t required = page->web->required_score;
	struct chart chart = { .title = WORD_CHART_SCORES,
		               .count = STORE_OVERVIEW_SCORES,
		               .layers = 1,
		               .line = 1 + required / 1000.0 - STORE_OVERVIEW_LOWEST };
	char text[DECIMAL_TEXT_SIZE];

	chart.bars = arena_calloc(page->arena, STORE_OVERVIEW_SCORES, sizeof(*chart.bars));
	for (size_t i = 0; i < STORE_OVERVIEW_SCORES; i++) {
		int32_t point = STORE_OVERVIEW_LOWEST + (int32_t)i - 1;

		chart.bars[i].layers[0] = overview->scores[i];
		chart.bars[i].class = point * 1000 >= required ? "dropped" : "delivered";
		chart.bars[i].label = score_label(page->arena, i, point);
	}
	if (chart.line > STORE_OVERVIEW_SCORES)
		chart.line = -1;
	chart.line_label = arena_printf(page->arena, "%s %s", words_text(WORD_THRESHOLD),
	                                decimal_format(required, text))
	                           .data;
	chart_add(&page->response->body, &chart);
}

/* Its mean points: they may have been others in between. */
static void add_rule(struct strbuf *buf, const struct store_overview_rule *rule, size_t sampled,
                     const struct ruleset *ruleset)
{
	int32_t points = (int32_t)(rule->points / (int64_t)rule->hits);

	strbuf_printf(buf, "<tr><td class=\"number\">%.1f&#8239;%%",
	              100.0 * (double)rule->hits / (double)sampled);
	strbuf_printf(buf, "</td><td class=\"number %s\">",
	              points < 0   ? "good"
	              : points > 0 ? "bad"
	                           : "");
	html_decimal(buf, points);
	html_raw(buf, "</td><td class=\"means\">");
	if (ruleset != NULL)
		html_text(buf, ruleset_description(ruleset, rule->name));
	html_raw(buf, " <code>");
	html_text(buf, rule->name);
	html_raw(buf, "</code></td></tr>\n");
}

static void add_rules(struct page *page, const struct store_overview *overview)
{
	const struct ruleset *ruleset = rule_texts_borrow(page->web->rules);
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<table class=\"rules\"><thead><tr><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_HITS);
	html_raw(buf, "</th><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_POINTS);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_RULE_MEANS);
	html_raw(buf, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < overview->rule_count; i++)
		add_rule(buf, &overview->rules[i], overview->sampled, ruleset);
	html_raw(buf, "</tbody></table>\n");
	rule_texts_give_back(page->web->rules);
}

static void add_heading(struct strbuf *buf, enum word word)
{
	html_raw(buf, "<h2>");
	html_word(buf, word);
	html_raw(buf, "</h2>\n");
}

static void export_span(struct page *page, const struct store_overview *overview, size_t span,
                        export_writer *write)
{
	struct export_cell cells[LAYER_COUNT + 1];

	cells[0] = export_time(page->arena, "from",
	                       overview->begin_us + (int64_t)span * overview->span_us);
	for (size_t k = 0; k < LAYER_COUNT; k++)
		cells[k + 1] = export_number(page->arena, row_kind_name(layers[k]),
		                             overview->counts[span][layers[k]]);
	write(page, cells, LAYER_COUNT + 1);
}

static void export_spans(struct page *page, const struct store_overview *overview)
{
	export_begin(page);
	export_span(page, overview, 0, export_names);
	for (size_t i = 0; i < overview->spans; i++)
		export_span(page, overview, i, export_row);
	export_end(page);
}

static void show(struct page *page, const struct store_overview *overview,
                 const struct times *times)
{
	struct strbuf *buf = &page->response->body;

	frame_begin(page);
	add_switch(page, times);
	add_tiles(buf, overview);
	add_heading(buf, WORD_CHART_TIME);
	add_time_chart(page, overview, times);
	add_heading(buf, WORD_CHART_SCORES);
	add_score_chart(page, overview);
	filter_state_add(page);
	add_heading(buf, WORD_TOP_RULES);
	if (overview->rule_count > 0)
		add_rules(page, overview);
	else
		frame_note(buf, WORD_NOTHING, STR(""));
	html_raw(buf, "<p class=\"downloads\">");
	html_word(buf, WORD_DOWNLOAD);
	strbuf_printf(buf,
	              " <a href=\"overview.csv?since=%s\" download>CSV</a> <a "
	              "href=\"overview.json?since=%s\" download>JSON</a></p>\n",
	              times->since, times->since);
	frame_end(page);
}

bool page_overview(struct page *page, struct error *err_r)
{
	const struct times *times = wanted_times(page);
	struct store_overview *overview = arena_new_object(page->arena, struct store_overview);
	int64_t all_us = (int64_t)times->spans * times->span_us;

	if (!store_view_overview(page->view, page->arena, page->now_us - all_us, page->now_us,
	                         times->spans, overview, err_r))
		return false;
	if (page->format != PAGE_HTML)
		export_spans(page, overview);
	else
		show(page, overview, times);
	return true;
}
