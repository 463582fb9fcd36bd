/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What surrounds the content of every page: head, navigation, foot; and pages that only tell. */
#ifndef WEB_FRAME_H
#define WEB_FRAME_H

#include "web/html.h"
#include "web/page.h"

/* Everything before the content, with the title as its heading. */
void frame_begin(struct page *page);
/* The same with text behind the title, such as which message. */
void frame_begin_of(struct page *page, struct str of);
void frame_end(struct page *page);

/* A whole page that tells one thing. */
void frame_tell(struct page *page, unsigned code, enum word title, enum word text);
/* A sentence in a box, with the detail after it where that is not empty. */
void frame_note(struct strbuf *buf, enum word text, struct str detail);

#endif
