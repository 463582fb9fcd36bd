/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a backend for acts is: a table of functions behind those of acts.h. Each backend's object
 * begins with a struct acts_store. Nothing outside store/ includes this.
 */
#ifndef STORE_ACTS_PRIVATE_H
#define STORE_ACTS_PRIVATE_H

#include "store/act.h"

struct acts_store;

struct acts_backend {
	bool (*knows)(const char *uri); /* by its scheme */
	struct acts_store *(*open)(const char *uri, bool reader, struct error *err_r);
	void (*close)(struct acts_store *store);
	/* Adds it where it isn't there. *added_r: it wasn't; else *before_r is what is there. */
	bool (*add)(struct acts_store *store, struct arena *arena, const struct act *act,
	            bool *added_r, struct act *before_r, struct error *err_r);
	/* Adds it, or takes the place of what is there. */
	bool (*put)(struct acts_store *store, const struct act *act, struct error *err_r);
	bool (*remove)(struct acts_store *store, const struct act *act, struct error *err_r);
	bool (*read)(struct acts_store *store, struct arena *arena, struct str scan_id,
	             struct act_list *acts_r, struct error *err_r);
};

struct acts_store {
	const struct acts_backend *backend;
};

extern const struct acts_backend acts_sqlite;
extern const struct acts_backend acts_redis;

#endif
