/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other thresholds would have done with mail on record, before somebody sets them. */
#ifndef WEB_PAGE_TUNE_H
#define WEB_PAGE_TUNE_H

#include "web/page.h"

bool page_tune(struct page *page, struct error *err_r);

#endif
