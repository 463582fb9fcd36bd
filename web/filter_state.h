/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the filter is, as it says itself over its control socket, as a part of a page. */
#ifndef WEB_FILTER_STATE_H
#define WEB_FILTER_STATE_H

#include "web/page.h"

/* Asks, and waits a second at most. */
void filter_state_add(struct page *page);

#endif
