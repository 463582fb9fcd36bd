/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the HTML renderer share. Lives as long as one call of html_render(). */
#ifndef MESSAGE_HTML_PRIVATE_H
#define MESSAGE_HTML_PRIVATE_H

#include "base/map.h"
#include "base/strbuf.h"
#include "message/html_css.h"
#include "message/html_facts.h"
#include "message/html_style.h"
#include "message/reading.h"

/* What was added to the rendered text last. */
enum html_piece {
	HTML_PIECE_NONE,
	HTML_PIECE_BREAK,
	HTML_PIECE_TEXT,
	HTML_PIECE_INVISIBLE,
};

/*
 * Marks in the text where 4.0.3 is the reading; html_lines() makes lines of them. HTML has neither:
 * the first as a character means the same, the second is no UTF-8.
 */
#define HTML_MARK_PARAGRAPH '\0'
#define HTML_MARK_BLOCK_END '\xFF' /* <br> in front of the end of a block, which breaks no line */

/* A range of the text. */
struct html_span {
	size_t start;
	size_t end;
};

/* Collects the text of an <a> or of the <title> that was opened last. */
struct html_capture {
	struct strbuf text;
	size_t index; /* in facts->links or facts->titles */
	bool started;
};

/* Where <a> is in <a>, the text of this many of them is collected. */
#define HTML_MAX_ANCHORS 10

struct html_renderer {
	struct arena *arena;
	enum reading_version reading;
	struct html_tokenizer tag; /* the attributes of the start tag at hand */
	struct html_styles styles; /* where 4.0.1 is the reading, else `css` */
	struct html_css css;
	struct html_facts *facts;

	struct strbuf text;
	vec_of(struct html_span) invisible; /* of the text */
	struct strbuf scratch;              /* text with its entities replaced */
	size_t max_bytes;
	enum html_piece last;
	size_t last_start; /* where in `text` the last piece begins */
	size_t line_break; /* 4.0.3: offset in `text` after the last <br> while nothing but space
	                    * follows it, else 0 */

	struct html_capture anchors[HTML_MAX_ANCHORS]; /* the last one is in the others */
	size_t anchor_count;
	struct html_capture title;
	size_t resolved_bytes; /* of all links that were made absolute */
	struct str base;       /* what relative links are relative to, or empty */

	const struct html_element *a; /* in html_elements */
	const struct html_element *script;
	const struct html_element *style;
	const struct html_element *title_element;
	size_t *known;          /* for each of html_elements: 1 + its index in facts->elements */
	struct map *unknown;    /* the same for other names */
	uint32_t greatest_char; /* that an entity gave */
};

/* html_text.c: text between tags, and the breaks of an element. */
void html_add_text(struct html_renderer *r, const struct html_token *token);
void html_add_break(struct html_renderer *r, enum html_break kind);
/* The end tag of an element that breaks lines, which <br> in front of it then does not. */
void html_end_block(struct html_renderer *r);

/* html_lines.c: lines of text with marks in it. */
struct str html_lines(struct arena *arena, struct str marked);

/* html_link.c: the links of a start tag. */
void html_add_links(struct html_renderer *r, const struct html_element *element);
void html_end_anchor(struct html_renderer *r);
void html_add_to_anchors(struct html_renderer *r, struct str text);
/* Gives the captured text to each <a> that it belongs to. */
void html_finish_anchors(struct html_renderer *r);

/* html_tag.c: all that is counted of tags, and what single elements do. */
void html_add_tag(struct html_renderer *r, const struct html_token *token);
void html_add_doctype(struct html_renderer *r);
void html_finish_title(struct html_renderer *r);
/* Whether an element is open. */
bool html_is_open(const struct html_renderer *r, const struct html_element *element);

#endif
