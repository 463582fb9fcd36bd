/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The elements of HTML 4 and what each does to the text around it. Constant data. */
#ifndef MESSAGE_HTML_ELEMENT_H
#define MESSAGE_HTML_ELEMENT_H

#include "base/str.h"

/* What the start and the end tag put into the text. */
enum html_break {
	HTML_BREAK_NONE,
	HTML_BREAK_SPACE,
	HTML_BREAK_LINE,
	HTML_BREAK_PARAGRAPH,
};

/* Elements that open a scope of colours and sizes: those from HTML_SCOPE_COUNT on only in 4.0.3,
 * and <basefont> only in 4.0.1. */
enum html_scope {
	HTML_SCOPE_NONE,
	HTML_SCOPE_A,
	HTML_SCOPE_BASEFONT,
	HTML_SCOPE_BIG,
	HTML_SCOPE_BODY,
	HTML_SCOPE_DIV,
	HTML_SCOPE_FONT,
	HTML_SCOPE_P,
	HTML_SCOPE_SMALL,
	HTML_SCOPE_SPAN,
	HTML_SCOPE_TABLE,
	HTML_SCOPE_TD, /* and <th> */
	HTML_SCOPE_TR,
	HTML_SCOPE_B,
	HTML_SCOPE_EM,
	HTML_SCOPE_I,
	HTML_SCOPE_STRONG,
	HTML_SCOPE_SUB,
	HTML_SCOPE_SUP,
};
#define HTML_SCOPE_COUNT     (HTML_SCOPE_TR + 1)
#define HTML_SCOPE_CSS_COUNT (HTML_SCOPE_SUP + 1)

/* Where an element has its link. */
enum html_link_place {
	HTML_LINK_NONE,
	HTML_LINK_ACTION,
	HTML_LINK_BACKGROUND,
	HTML_LINK_BASE,
	HTML_LINK_HREF,
	HTML_LINK_META,
	HTML_LINK_SRC,
};

/* Elements whose content is text, tags included, up to their end tag. */
enum html_literal {
	HTML_LITERAL_NONE,
	HTML_LITERAL_IFRAME,
	HTML_LITERAL_PLAINTEXT,
	HTML_LITERAL_SCRIPT,
	HTML_LITERAL_STYLE,
	HTML_LITERAL_TEXTAREA,
	HTML_LITERAL_TITLE,
	HTML_LITERAL_XMP,
};
#define HTML_LITERAL_COUNT (HTML_LITERAL_XMP + 1)

struct html_element {
	struct str name;
	bool standard;         /* HTML 4 or XHTML 1.0 has it, or it is common in mail */
	bool needs_end;        /* its end tag must not be left out */
	unsigned char break_;  /* enum html_break */
	unsigned char scope;   /* enum html_scope */
	unsigned char link;    /* enum html_link_place */
	unsigned char literal; /* enum html_literal */
};

extern const struct html_element html_elements[];
extern const size_t html_element_count;

/* By a name in any case; NULL where HTML has no such element. */
const struct html_element *html_element_named(struct str name);

#endif
