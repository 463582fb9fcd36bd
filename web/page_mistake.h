/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Staff say what one message really is that was judged otherwise: the page asks, takes the message
 * where there is no copy of it, and hands both to the filter, which keeps and learns it.
 */
#ifndef WEB_PAGE_MISTAKE_H
#define WEB_PAGE_MISTAKE_H

#include "web/page.h"

/* Bytes of the form that has the message. */
size_t page_mistake_form_max(void);

/* GET, of `id` and `is` (ham or spam), asks; POST of the form has it done. */
bool page_mistake(struct page *page, struct error *err_r);

#endif
