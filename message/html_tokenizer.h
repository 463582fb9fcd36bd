/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cuts HTML into tags, text, comments and declarations as tolerant mail readers do: any text is
 * accepted, names are not restricted, unfinished markup at the end counts as a comment. Pulls one
 * token at a time, in linear time over the whole input. All slices point into the input. Nothing
 * fails.
 */
#ifndef MESSAGE_HTML_TOKENIZER_H
#define MESSAGE_HTML_TOKENIZER_H

#include "base/vec.h"
#include "message/html_element.h"

enum html_token_type {
	HTML_TOKEN_TEXT,
	HTML_TOKEN_START,
	HTML_TOKEN_END,
	HTML_TOKEN_COMMENT,
	HTML_TOKEN_DECLARATION, /* <!doctype …> or <!entity …> */
};

struct html_attribute {
	struct str name;  /* as written */
	struct str value; /* without its quotes, entities kept; the name where there is no value */
};

struct html_attribute_list {
	vec_members(struct html_attribute);
};

struct html_token {
	enum html_token_type type;
	struct str text; /* all of it, markup included */
	struct str name; /* of the element, as written; start and end tags only */
	const struct html_element *element; /* of that name, or NULL */
	bool verbatim;                      /* text in which entities are not replaced */
};

enum html_section {
	HTML_SECTION_NONE,
	HTML_SECTION_INCLUDE,
	HTML_SECTION_RCDATA,
	HTML_SECTION_CDATA,
	HTML_SECTION_IGNORE,
};

#define HTML_MAX_SECTIONS 64

struct html_tokenizer {
	struct arena *arena;
	const char *next; /* where the next token begins */
	const char *end;
	struct html_attribute_list attributes; /* of the last start tag */

	enum html_literal literal;     /* the element whose content is being read */
	enum html_literal pending_end; /* the one to close in front of the next tag */
	bool at_end;         /* the input has ended inside something: read the rest leniently */
	bool in_last_word;   /* what follows is the last piece of the text */
	bool short_comments; /* comments end with '>' */
	bool never_closed[HTML_LITERAL_COUNT];     /* no end tag of it in the rest of the input */
	unsigned char sections[HTML_MAX_SECTIONS]; /* strongest section up to each depth */
	unsigned section_depth;
};

void html_tokenizer_init(struct html_tokenizer *tokenizer, struct arena *arena, struct str html);
/* The next token, or false at the end. The attributes stay until the next call. */
bool html_next_token(struct html_tokenizer *tokenizer, struct html_token *token_r);
/* The value of the first attribute of a name given in lower case; NULL where there is none. */
const struct str *html_attribute(const struct html_tokenizer *tokenizer, struct str name);

#endif
