/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the HTML renderer share. Lives as long as one call of html_render(). */
#ifndef MESSAGE_HTML_PRIVATE_H
#define MESSAGE_HTML_PRIVATE_H

#include "base/map.h"
#include "base/strbuf.h"
#include "message/html_facts.h"
#include "message/html_style.h"

/* What was added to the rendered text last. */
enum html_piece {
	HTML_PIECE_NONE,
	HTML_PIECE_BREAK,
	HTML_PIECE_TEXT,
	HTML_PIECE_INVISIBLE,
};

/* Collects the text of the <a> or <title> that was opened last. */
struct html_capture {
	struct strbuf text;
	size_t index; /* in facts->links or facts->titles */
	bool started;
};

struct html_renderer {
	struct arena *arena;
	struct html_tokenizer tag; /* the attributes of the start tag at hand */
	struct html_styles styles;
	struct html_facts *facts;

	struct strbuf text;
	struct strbuf invisible;
	struct strbuf scratch; /* text with its entities replaced */
	size_t max_bytes;
	enum html_piece last;
	size_t last_start; /* where in `text` the last piece begins */

	struct html_capture anchor;
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

/* html_link.c: the links of a start tag. */
void html_add_links(struct html_renderer *r, const struct html_element *element);
/* Gives the captured text to the <a> that it belongs to. */
void html_finish_anchor(struct html_renderer *r);

/* html_tag.c: all that is counted of tags, and what single elements do. */
void html_add_tag(struct html_renderer *r, const struct html_token *token);
void html_add_doctype(struct html_renderer *r);
void html_finish_title(struct html_renderer *r);
/* Whether an element is open. */
bool html_is_open(const struct html_renderer *r, const struct html_element *element);

#endif
