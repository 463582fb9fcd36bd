/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a view is, for the files that answer for it. Nothing outside store/ includes this. */
#ifndef STORE_STORE_VIEW_PRIVATE_H
#define STORE_STORE_VIEW_PRIVATE_H

#include "store/store.h"

struct store_view {
	struct store *store;
	const char *account; /* in lower case, never empty; NULL: staff, who see everything */
};

/* True where the record is of the view's account. */
bool store_view_has(const struct store_view *view, const struct record *record);

#endif
