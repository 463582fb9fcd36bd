/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML as a reader sees it: rendered to text, with the facts that rules ask for. A tolerant reader
 * of one pass, without recursion; its time is linear in the input and its memory is capped. All in
 * the given arena. Nothing fails.
 */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include "base/vec.h"

/* A link as written: where it goes and what the reader sees of it. */
struct html_link {
	struct str target;  /* the attribute's value, entities decoded */
	struct str text;    /* the text between <a> and </a>, white space collapsed; else empty */
	struct str element; /* "a", "img", "form", "area", … lower case */
	struct str attribute; /* "href", "src", "action", … lower case */
};

struct html_link_list {
	struct html_link *items;
	size_t len;
	size_t cap;
};

/* How often an element was opened. */
struct html_element_count {
	struct str name; /* lower case */
	size_t opened;
	size_t closed;
};

struct html_facts {
	struct str title;
	struct html_link_list links;
	vec_of(struct html_element_count) elements; /* in the order of first use */
	size_t image_count;
	size_t image_area;      /* sum of width × height where both are given in pixels, capped */
	size_t visible_bytes;   /* of rendered text that can be seen */
	size_t invisible_bytes; /* of text hidden by style, size, or the background's colour */
	size_t comment_bytes;
	size_t tag_bytes;
	size_t script_count;
	size_t form_count;
	size_t obfuscated_words; /* words broken by empty or unknown elements or comments */
	bool has_unclosed; /* an element that must be closed and was not */
};

/*
 * Renders UTF-8 HTML. *rendered_r is text with line breaks where a reader sees them, hidden text
 * left out at most `max_bytes` of it. Never NULL.
 */
const struct html_facts *html_render(struct arena *arena, struct str html, size_t max_bytes,
				     struct str *rendered_r);

#endif
