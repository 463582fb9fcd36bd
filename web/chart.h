/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bars as inline SVG, coloured by the stylesheet. Into the buffer; pure. */
#ifndef WEB_CHART_H
#define WEB_CHART_H

#include "web/html.h"

/* Layers of a bar, at most. */
#define CHART_LAYERS 6

struct chart_bar {
	uint64_t layers[CHART_LAYERS]; /* from below */
	const char *label;             /* below the bar; NULL: none */
	const char *class;             /* of all its layers; NULL: the chart's */
};

struct chart {
	enum word title; /* what it shows, for those who don't see it */
	struct chart_bar *bars;
	size_t count;
	size_t layers;
	const char *classes[CHART_LAYERS];
	double line; /* where a line stands, in bars from the left; below 0: nowhere */
	const char *line_label;
};

void chart_add(struct strbuf *buf, const struct chart *chart);

#endif
