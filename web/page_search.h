/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search: by whatever support staff have at hand of a message. */
#ifndef WEB_PAGE_SEARCH_H
#define WEB_PAGE_SEARCH_H

#include "web/page.h"

bool page_search(struct page *page, struct error *err_r);

#endif
