/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One message: what became of each recipient's copy, and why. */
#ifndef WEB_PAGE_MESSAGE_H
#define WEB_PAGE_MESSAGE_H

#include "web/page.h"

bool page_message(struct page *page, struct error *err_r);

#endif
