/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The senders whom an account welcomes or blocks. Readers have the filter change them by signed
 * links, as in page_act.h.
 */
#ifndef WEB_PAGE_LISTS_H
#define WEB_PAGE_LISTS_H

#include "web/page.h"

bool page_lists(struct page *page, struct error *err_r);

#endif
