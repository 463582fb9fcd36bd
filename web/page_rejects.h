/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recipients that were refused, which are only counted, by domain. */
#ifndef WEB_PAGE_REJECTS_H
#define WEB_PAGE_REJECTS_H

#include "web/page.h"

bool page_rejects(struct page *page, struct error *err_r);

#endif
