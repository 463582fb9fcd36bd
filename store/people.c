/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/people.h"

#include "store/people_private.h"
#include "store/store.h"

static const struct people_backend *const backends[] = {
	&people_sqlite,
	&people_redis,
};

static const struct people_backend *find_backend(const char *uri)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (backends[i]->knows(uri))
			return backends[i];
	return NULL;
}

struct people_store *people_open(const char *uri, enum people_access access, struct error *err_r)
{
	const struct people_backend *backend = find_backend(uri);

	if (!store_check_uri(uri, err_r))
		return NULL;
	if (backend == NULL) {
		error_set(err_r, "store \"%s\" keeps nothing about people", uri);
		return NULL;
	}
	return backend->open(uri, access, err_r);
}

void people_close(struct people_store *store)
{
	if (store != NULL)
		store->backend->close(store);
}

bool people_exist(const char *uri)
{
	const struct people_backend *backend = find_backend(uri);

	return backend != NULL && backend->exist(uri);
}

bool people_is_remote(const char *uri)
{
	const struct people_backend *backend = find_backend(uri);

	return backend != NULL && backend->remote;
}

bool people_read(struct people_store *store, struct arena *arena,
                 const struct people_question *question, struct deadline deadline,
                 struct people_answer *answer_r, struct error *err_r)
{
	*answer_r = (struct people_answer){ 0 };
	return store->backend->read(store, arena, question, deadline, answer_r, err_r);
}

bool people_teach(struct people_store *store, const struct people_lesson *lessons, size_t count,
                  struct error *err_r)
{
	return store->backend->teach(store, lessons, count, err_r);
}

bool people_enter(struct people_store *store, const struct people_entry *entry, bool *changed_r,
                  struct error *err_r)
{
	return store->backend->enter(store, entry, changed_r, err_r);
}

bool people_remove(struct people_store *store, const struct people_entry *entry, bool *changed_r,
                   struct error *err_r)
{
	return store->backend->remove(store, entry, changed_r, err_r);
}

bool people_show(struct people_store *store, struct arena *arena, enum people_list list,
                 const struct str *scope, struct people_entry_list *entries_r, struct error *err_r)
{
	*entries_r = (struct people_entry_list){ 0 };
	return store->backend->show(store, arena, list, scope, entries_r, err_r);
}

bool people_expire(struct people_store *store, int64_t before_s, bool *more_r, struct error *err_r)
{
	*more_r = false;
	return store->backend->expire(store, before_s, more_r, err_r);
}
