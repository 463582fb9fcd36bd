/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For staff: mail by what became of it, scores, rules, and how the filter is. */
#ifndef WEB_PAGE_OVERVIEW_H
#define WEB_PAGE_OVERVIEW_H

#include "web/page.h"

bool page_overview(struct page *page, struct error *err_r);

#endif
