/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Colours, sizes and visibility of text with style sheets of elements, as SpamAssassin 4.0.3 reads
 * them; html_style.h is the reading of 4.0.1. A stack of scopes, one for each open element that may
 * change them. One thread, in the arena of the message; opening and closing is amortised constant
 * time whatever is nested. Nothing fails.
 */
#ifndef MESSAGE_HTML_CSS_H
#define MESSAGE_HTML_CSS_H

#include "message/html_style.h"

/* 0 to 255 each, but style sheets may say more, or less than nothing; alpha 1 is opaque. */
struct css_color {
	double red, green, blue, alpha;
};

/*
 * "red", "#rgb", "#rrggbb", rgb(), rgba(), hsl(), hwb() of CSS Color Module 4, or "transparent";
 * false where it isn't one of them.
 */
bool html_css_color(struct str value, struct css_color *color_r);
/* What is seen where the colour lies on a background, which is opaque. */
void html_css_blend(struct css_color *color, const struct css_color *background);
/* The difference of two colours weighted by brightness is so small that text can't be read. */
bool html_css_is_near(const struct css_color *a, const struct css_color *b);

/* Inherited whole by what is inside, as SpamAssassin does it. */
struct css_scope {
	double size;                        /* of the font, in pixels; 16 is normal */
	struct css_color color, background; /* opaque */
	unsigned char scope;                /* enum html_scope */
	bool not_displayed : 1;
	bool not_visible : 1;
	bool shrunk : 1; /* scaled to nothing */
	bool positioned : 1;
	bool far_left : 1; /* so far off the page that nobody scrolls there, if positioned */
	bool far_up : 1;
};

struct html_css {
	struct arena *arena;
	struct css_scope *items; /* the last one is in force; the first is the default */
	size_t len;
	size_t cap;
	uint32_t open[HTML_SCOPE_CSS_COUNT];
	double min_size, max_size; /* of any scope with an attribute that is looked at */
	bool invalid_color;        /* a colour was none */
};

void html_css_init(struct html_css *css, struct arena *arena);
/* The tokenizer holds the attributes of the start tag. */
void html_css_open(struct html_css *css, enum html_scope scope, const struct html_tokenizer *tag);
void html_css_close(struct html_css *css, enum html_scope scope);
struct html_visibility html_css_visibility(const struct html_css *css);

#endif
