/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/tags_report.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define PREVIEW_BYTES 200
#define PREVIEW_LINES 3

struct str tags_report_scores(struct arena *arena, const struct report_input *input)
{
	char text[DECIMAL_TEXT_SIZE];
	struct str rest = input->rules, name;
	struct strbuf out;

	strbuf_init(&out, arena);
	while (input->hits != NULL && rest.len > 0 && str_next_piece(&rest, ',', &name)) {
		for (size_t i = 0; i < input->hits->len; i++) {
			if (!str_eq(input->hits->items[i].name, name))
				continue;
			strbuf_printf(&out, "%s%.*s=%s", out.len > 0 ? "," : "", STR_FMT(name),
			              decimal_format(input->hits->items[i].score, text));
			break;
		}
	}
	return strbuf_str(&out);
}

/* Points in four characters: " 1.5", "-2.0", "  10". */
static void format_points(int32_t score, char text[DECIMAL_TEXT_SIZE])
{
	int32_t rounded = (score + (score < 0 ? -500 : 500)) / 1000;
	char points[DECIMAL_TEXT_SIZE];

	if (score >= 10000 || score <= -10000)
		snprintf(text, DECIMAL_TEXT_SIZE, "%4d", rounded);
	else
		snprintf(text, DECIMAL_TEXT_SIZE, "%4s", decimal_format_short(score, points));
}

/* Words of the text; where one would pass the width, a new line that begins with `prefix`. */
static void add_wrapped(struct strbuf *out, struct str text, size_t column, size_t width,
                        const char *prefix)
{
	struct str word;
	bool first = true;

	while (str_next_word(&text, &word)) {
		if (!first && column + 1 + word.len > width) {
			strbuf_printf(out, "\n%s", prefix);
			column = strlen(prefix);
		} else if (!first) {
			strbuf_add_char(out, ' ');
			column++;
		}
		strbuf_add(out, word);
		column += word.len;
		first = false;
	}
	strbuf_add_char(out, '\n');
}

static struct str described(const struct rule_hit *hit)
{
	return hit->description.len > 0 ? hit->description : STR("No description available.");
}

static void add_hits(struct strbuf *out, const struct report_input *input, bool table)
{
	size_t width = input->policy->site->report_width;

	for (size_t i = 0; input->hits != NULL && i < input->hits->len; i++) {
		const struct rule_hit *hit = &input->hits->items[i];
		size_t start = out->len;
		char points[DECIMAL_TEXT_SIZE];

		format_points(hit->score, points);
		strbuf_printf(out, table ? "%s %-22.*s %s" : "* %s %.*s %s", points,
		              STR_FMT(hit->name), ruleset_area(input->policy->ruleset, hit->name));
		add_wrapped(out, described(hit), out->len - start, width,
		            table ? "                            " : "*      ");
	}
}

struct str tags_report(struct arena *arena, const struct report_input *input)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	add_hits(&out, input, false);
	return strbuf_str(&out);
}

struct str tags_summary(struct arena *arena, const struct report_input *input)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	add_hits(&out, input, true);
	return strbuf_str(&out);
}

struct str tags_preview(struct arena *arena, const struct message *message)
{
	struct strbuf out;
	struct str word;

	strbuf_init(&out, arena);
	/* The first item is the subject. */
	for (size_t i = 1; i <= PREVIEW_LINES && i < message->body.len; i++) {
		struct str text = message->body.items[i];

		while (out.len < PREVIEW_BYTES && str_next_word(&text, &word)) {
			if (out.len > 0)
				strbuf_add_char(&out, ' ');
			strbuf_add(&out, str_prefix(word, word.len < 80 ? word.len : 80));
		}
	}
	if (out.len >= PREVIEW_BYTES)
		strbuf_add(&out, STR(" [...]"));
	return utf8_repair(arena, strbuf_str(&out));
}

struct str tags_subject_prefix(struct arena *arena, const struct report_input *input)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (size_t i = 0; input->hits != NULL && i < input->hits->len; i++) {
		struct str prefix =
			ruleset_subject_prefix(input->policy->ruleset, input->hits->items[i].name);

		if (prefix.len > 0)
			strbuf_printf(&out, "%s%.*s", out.len > 0 ? " " : "", STR_FMT(prefix));
	}
	return strbuf_str(&out);
}
