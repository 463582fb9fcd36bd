/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is found in an HTML part. Plain values in the arena of the message.
 */
#ifndef MESSAGE_HTML_FACTS_H
#define MESSAGE_HTML_FACTS_H

#include "base/vec.h"

/* A link as written. Every <a> gives one, even without a target; its other links follow it. */
struct html_link {
	struct str target;    /* the attribute's value, entities decoded, outer space removed */
	struct str resolved;  /* the target made absolute by <base>; "" where it is no reference */
	struct str text;      /* text between <a> and </a> as written, entities decoded, an image in
	                       * it as "<img>\n"; else empty */
	struct str element;   /* "a", "img", "form", "area", … lower case */
	struct str attribute; /* "href", "src", "action", … lower case; "" for <a> without one */
};

struct html_link_list {
	vec_members(struct html_link);
};

/* How often an element occurred. */
struct html_element_count {
	struct str name; /* lower case */
	size_t opened;
	size_t closed;
	size_t unclosed; /* opened and not closed again; an end tag too many is not counted */
};

struct html_element_list {
	vec_members(struct html_element_count);
};

struct html_facts {
	struct str title;         /* the first one */
	struct str_list titles;   /* text of all <title> elements as written */
	struct str_list comments; /* with their "<!--" and "-->"; other ignored markup, too */
	struct str_list scripts;  /* contents of <script> */
	struct str_list charsets; /* of <meta http-equiv=content-type> */
	struct html_link_list links;
	struct html_element_list elements; /* in the order of first use, unknown ones included */
	struct str visible; /* rendered without the text that SpamAssassin takes for invisible */

	size_t source_chars;   /* characters of the HTML */
	size_t rendered_chars; /* characters of the rendered text */
	size_t nonspace_chars; /* those of them that are no white space */
	size_t comment_bytes;
	size_t tag_bytes;

	size_t image_count;
	size_t image_area; /* sum of width × height where both are given, 800 × 600 being 100 %;
	                    * capped */
	size_t script_count;
	size_t form_count;

	size_t tag_count;          /* start and end tags and doctypes */
	size_t known_tag_count;    /* those of them that HTML 4 knows */
	size_t distinct_tag_count; /* different names */
	size_t distinct_known_count;
	size_t extra_close_count;    /* end tags of elements that were not open */
	size_t obfuscated_words;     /* words broken by markup */
	uint64_t broken_word_shapes; /* bit 7(a-1)+b-1: a word was broken in a + b letters (1 to 7)
	                              */
	/* In the units of <font size>, 3 being normal; in pixels where 4.0.3 is the reading. */
	double min_font_size;
	double max_font_size;

	bool has_low_contrast;  /* text in (nearly) its background's colour, where SpamAssassin
	                         * sees it: 4.0.1 does not consider the bgcolor attribute, 4.0.3
	                         * no text that is hidden otherwise */
	bool has_invalid_color; /* text in a colour that is none; 4.0.3: any such colour */
	bool has_bad_font_face; /* a font name that looks like none */
	bool has_mailto_form;
	bool has_embed;    /* <object> or <embed> */
	bool has_unclosed; /* an element that must be closed and was not */
	bool has_long_uri; /* a link's target was cut at HTML_MAX_URI */
	bool is_latin1;    /* no character of the HTML is above 127, none of the rendered text
	                    * above 255 */
	bool is_truncated; /* the rendered text was cut at max_bytes */
};

/* A link's target is cut after this many bytes. */
#define HTML_MAX_URI 8192

#endif
