/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stylesheet, the script and the icon, compiled in: no directory is served. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include "base/str.h"

struct asset {
	const char *name; /* in the address */
	const char *type;
	struct str content;
};

/* NULL where there is none of that name. */
const struct asset *assets_find(struct str name);

#endif
