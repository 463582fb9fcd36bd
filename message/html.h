/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML as a reader sees it: rendered to text, with the facts that rules ask for. A tolerant reader
 * of one pass, without recursion; its time is linear in the input and its memory is capped. All in
 * the given arena. Nothing fails.
 *
 * Text that is styled to be invisible is part of the rendered text, as it is in SpamAssassin's
 * `body`.
 */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include "message/html_facts.h"
#include "message/reading.h"

/*
 * Renders UTF-8 HTML. *rendered_r is the text with line breaks where a reader sees them: one for
 * <br>, two for paragraphs, for <div> either as the reading has it; at most `max_bytes` of it, and
 * of marks for breaks. Never NULL.
 */
const struct html_facts *html_render(struct arena *arena, struct str html, size_t max_bytes,
                                     enum reading_version reading, struct str *rendered_r);

/* How often an element occurred, its name in lower case; NULL where it never did. */
const struct html_element_count *html_find_element(const struct html_facts *facts, struct str name);

#endif
