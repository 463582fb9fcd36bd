/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coming in by a link, and leaving. */
#ifndef WEB_PAGE_OPEN_H
#define WEB_PAGE_OPEN_H

#include "web/page.h"

/* A link that is signed gives the browser a session, which nothing but the link is needed for. */
bool page_open(struct page *page, struct error *err_r);
/* Takes it away again; a POST. */
bool page_leave(struct page *page, struct error *err_r);

#endif
