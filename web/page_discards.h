/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forwarded discards: what was not sent on, by destination and hosted recipient. */
#ifndef WEB_PAGE_DISCARDS_H
#define WEB_PAGE_DISCARDS_H

#include "web/page.h"

bool page_discards(struct page *page, struct error *err_r);

#endif
