/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Font sizes in pixels, style sheets of elements included, as SpamAssassin 4.0.3 counts them;
 * html.h has those of <font size> alone. Linear in the text. Nothing fails.
 */
#ifndef MESSAGE_HTML_PIXELS_H
#define MESSAGE_HTML_PIXELS_H

#include "base/arena.h"
#include "base/str.h"

struct html_pixels {
	double min, max; /* of any element; 16 is normal */
};

struct html_pixels html_pixels(struct arena *arena, struct str html);

#endif
