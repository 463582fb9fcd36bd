/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/chart.h"

/* Texts are larger on a telephone, where the whole is small: 24 of these units. */
#define WIDTH      720
#define HEIGHT     220
#define BOTTOM     32
#define TOP        34
#define ROOM       (HEIGHT - TOP - BOTTOM)
#define LABEL_DROP 24

static uint64_t total_of(const struct chart *chart, const struct chart_bar *bar)
{
	uint64_t total = 0;

	for (size_t i = 0; i < chart->layers; i++)
		total += bar->layers[i];
	return total;
}

/* The next of 1, 2, 5, 10, 20, … */
static uint64_t round_up(uint64_t most)
{
	uint64_t step = 1;

	for (;;) {
		if (most <= step)
			return step;
		if (most <= 2 * step)
			return 2 * step;
		if (most <= 5 * step)
			return 5 * step;
		step *= 10;
	}
}

static double line_at(int i)
{
	return TOP + ROOM * (1 - i / 2.0);
}

static void add_grid(struct strbuf *buf)
{
	for (int i = 0; i <= 2; i++)
		strbuf_printf(buf,
		              "<line class=\"grid\" x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
		              WIDTH, line_at(i), line_at(i));
}

/* On their lines, and over the bars, so that there is room for any number. */
static void add_numbers(struct strbuf *buf, uint64_t top)
{
	for (int i = 1; i <= 2; i++) {
		if (i == 1 && top % 2 != 0)
			continue;
		strbuf_printf(buf, "<text class=\"scale\" x=\"2\" y=\"%.1f\">", line_at(i) - 4);
		html_number(buf, (int64_t)(top * (uint64_t)i / 2));
		html_raw(buf, "</text>");
	}
}

static void add_bar(struct strbuf *buf, const struct chart *chart, size_t i, uint64_t top)
{
	double step = (double)WIDTH / (double)chart->count, x = step * (double)i;
	double y = TOP + ROOM;
	const struct chart_bar *bar = &chart->bars[i];

	for (size_t k = 0; k < chart->layers; k++) {
		double height = (double)bar->layers[k] * ROOM / (double)top;

		if (bar->layers[k] == 0)
			continue;
		y -= height;
		strbuf_printf(buf,
		              "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
		              "height=\"%.2f\"/>",
		              bar->class != NULL ? bar->class : chart->classes[k], x + step * 0.08,
		              y, step * 0.84, height);
	}
	if (bar->label != NULL) {
		bool first = i == 0, last = i + 1 == chart->count;

		/* What stands in the middle of a bar at an end would be cut off. */
		strbuf_printf(buf, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
		              first  ? 2
		              : last ? WIDTH - 2
		                     : x + step / 2,
		              TOP + ROOM + LABEL_DROP,
		              first  ? "start"
		              : last ? "end"
		                     : "middle");
		html_cstr(buf, bar->label);
		html_raw(buf, "</text>");
	}
}

/* Its label stands above all bars. */
static void add_line(struct strbuf *buf, const struct chart *chart)
{
	double x = (double)WIDTH / (double)chart->count * chart->line;
	bool left = x > WIDTH * 3 / 4.0;

	if (chart->line < 0)
		return;
	strbuf_printf(buf,
	              "<line class=\"threshold\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
	              "<text class=\"threshold\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
	              x, x, TOP - 24, TOP + ROOM, left ? x - 6 : x + 6, TOP - 8,
	              left ? "end" : "start");
	html_cstr(buf, chart->line_label);
	html_raw(buf, "</text>");
}

void chart_add(struct strbuf *buf, const struct chart *chart)
{
	uint64_t most = 1, top;

	for (size_t i = 0; i < chart->count; i++) {
		uint64_t total = total_of(chart, &chart->bars[i]);

		most = total > most ? total : most;
	}
	top = round_up(most);
	strbuf_printf(buf, "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 %d %d\" aria-label=\"",
	              WIDTH, HEIGHT);
	html_word(buf, chart->title);
	html_raw(buf, "\">");
	add_grid(buf);
	for (size_t i = 0; i < chart->count; i++)
		add_bar(buf, chart, i, top);
	add_numbers(buf, top);
	add_line(buf, chart);
	html_raw(buf, "</svg>\n");
}
