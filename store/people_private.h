/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a backend for people is: a table of functions behind those of people.h. Each backend's
 * object begins with a struct people_store. Nothing outside store/ includes this.
 */
#ifndef STORE_PEOPLE_PRIVATE_H
#define STORE_PEOPLE_PRIVATE_H

#include "facts/people.h"
#include "store/people_access.h"

struct people_store;

struct people_backend {
	bool (*knows)(const char *uri); /* by its scheme */
	bool (*exist)(const char *uri);
	bool remote;
	struct people_store *(*open)(const char *uri, enum people_access access,
	                             struct error *err_r);
	void (*close)(struct people_store *store);
	bool (*read)(struct people_store *store, struct arena *arena,
	             const struct people_question *question, struct deadline deadline,
	             struct people_answer *answer_r, struct error *err_r);
	bool (*teach)(struct people_store *store, const struct people_lesson *lessons, size_t count,
	              struct error *err_r);
	bool (*enter)(struct people_store *store, const struct people_entry *entry, bool *changed_r,
	              struct error *err_r);
	bool (*remove)(struct people_store *store, const struct people_entry *entry,
	               bool *changed_r, struct error *err_r);
	bool (*show)(struct people_store *store, struct arena *arena, enum people_list list,
	             const struct str *scope, struct people_entry_list *entries_r,
	             struct error *err_r);
	bool (*expire)(struct people_store *store, int64_t before_s, bool *more_r,
	               struct error *err_r);
};

struct people_store {
	const struct people_backend *backend;
};

extern const struct people_backend people_sqlite;
extern const struct people_backend people_redis;

/* Contacts and histories beyond this go, the oldest first. */
#define PEOPLE_ROWS_MAX 500000
/* What has come only once is forgotten after this. */
#define PEOPLE_ONCE_S (30 * 86400)
/* Entries with * or ? that a scope may have: each is tried on every message for it. */
#define PEOPLE_GLOBS_MAX 1000

#endif
