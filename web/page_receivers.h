/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the hosts that mail is forwarded to think of it, as `assay health --follow` counted it. */
#ifndef WEB_PAGE_RECEIVERS_H
#define WEB_PAGE_RECEIVERS_H

#include "web/page.h"

bool page_receivers(struct page *page, struct error *err_r);

#endif
