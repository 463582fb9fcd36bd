/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages, one function each, as struct page_type.show; a file each or a few that are alike. */
#ifndef WEB_PAGE_LIST_H
#define WEB_PAGE_LIST_H

#include "web/page.h"

/* Records of the page's kinds, one by one: deliveries, infected mail, tagged mail. */
bool page_list_records(struct page *page, struct error *err_r);

#endif
