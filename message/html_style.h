/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Colours, sizes and visibility of text, as SpamAssassin 4.0.1 takes them; html_css.h has the
 * reading of 4.0.3. A stack of scopes, one for each open element that may change them. One thread,
 * in the arena of the message; opening and closing is amortised constant time whatever is nested.
 * Nothing fails.
 */
#ifndef MESSAGE_HTML_STYLE_H
#define MESSAGE_HTML_STYLE_H

#include "message/html_element.h"
#include "message/html_tokenizer.h"

/* 0xRRGGBB, or one of these. */
#define HTML_COLOR_INVALID     0x1000000u
#define HTML_COLOR_EMPTY       0x2000000u /* "#" alone: neither a colour nor invalid */
#define HTML_COLOR_TRANSPARENT 0x3000000u /* only until its scope is complete */

struct html_scope_style {
	uint32_t text_color;
	uint32_t background;    /* by style attributes alone */
	int16_t size;           /* as in <font size>; 3 is normal */
	unsigned char scope;    /* enum html_scope */
	bool not_displayed : 1; /* exactly as SpamAssassin reads them: "display" … */
	bool not_visible : 1;   /* … and "visibility" */
};

struct html_styles {
	struct arena *arena;
	/* The last one is in force; the first is the default. */
	vec_members(struct html_scope_style);
	uint32_t open[HTML_SCOPE_COUNT];
	int base_size;
	int min_size; /* smallest and greatest of any scope */
	int max_size;
};

/* How the text in force is seen. */
struct html_visibility {
	bool invisible;
	bool low_contrast;
	bool invalid_color;
};

void html_styles_init(struct html_styles *styles, struct arena *arena);
/* The tokenizer holds the attributes of the start tag. */
void html_styles_open(struct html_styles *styles, enum html_scope scope,
                      const struct html_tokenizer *tag);
void html_styles_close(struct html_styles *styles, enum html_scope scope);
struct html_visibility html_styles_visibility(const struct html_styles *styles);

/* A colour as attributes and style sheets give it: a name, "#rgb", "#rrggbb" or "rgb(r, g, b)". */
uint32_t html_color(struct str value);
/* One of CSS by its name in any case; false where it has none of that name, which is not empty. */
bool html_color_named(struct str name, uint32_t *color_r);

#endif
