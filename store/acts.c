/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/acts.h"

#include "store/acts_private.h"
#include "store/store.h"

static const struct acts_backend *const backends[] = {
	&acts_sqlite,
	&acts_redis,
};

static struct acts_store *open_by_scheme(const char *uri, bool reader, struct error *err_r)
{
	if (!store_check_uri(uri, err_r))
		return NULL;
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (backends[i]->knows(uri))
			return backends[i]->open(uri, reader, err_r);
	error_set(err_r, "store \"%s\" keeps nothing about what people did", uri);
	return NULL;
}

struct acts_store *acts_open(const char *uri, struct error *err_r)
{
	return open_by_scheme(uri, false, err_r);
}

struct acts_store *acts_open_reader(const char *uri, struct error *err_r)
{
	return open_by_scheme(uri, true, err_r);
}

void acts_close(struct acts_store *store)
{
	if (store != NULL)
		store->backend->close(store);
}

enum act_beginning acts_begin(struct acts_store *store, struct arena *arena, const struct act *act,
                              bool again, struct act *before_r, struct error *err_r)
{
	bool added;

	*before_r = (struct act){ 0 };
	if (!store->backend->add(store, arena, act, &added, before_r, err_r))
		return ACT_FAILED;
	if (added)
		return ACT_BEGUN;
	if (!again)
		return ACT_WAS_BEGUN;
	return store->backend->put(store, act, err_r) ? ACT_BEGUN : ACT_FAILED;
}

bool acts_finish(struct acts_store *store, const struct act *act, struct error *err_r)
{
	return store->backend->put(store, act, err_r);
}

bool acts_take_back(struct acts_store *store, const struct act *act, const struct act *before,
                    struct error *err_r)
{
	if (before->verb.len > 0)
		return store->backend->put(store, before, err_r);
	return store->backend->remove(store, act, err_r);
}

bool acts_read(struct acts_store *store, struct arena *arena, struct str scan_id,
               struct act_list *acts_r, struct error *err_r)
{
	*acts_r = (struct act_list){ 0 };
	return store->backend->read(store, arena, scan_id, acts_r, err_r);
}

const struct act *acts_find(const struct act_list *acts, struct str verb,
                            const struct record *record)
{
	const struct act *act;

	vec_foreach (acts, act)
		if (str_eq(act->verb, verb) &&
		    (str_eq_ci(act->recipient, str_from(record->recipient)) ||
		     str_eq_ci(act->recipient, str_from(record->destination))))
			return act;
	return NULL;
}
