/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "store/store_private.h"

static const struct store_backend *const backends[] = {
	&store_sqlite,
	&store_redis,
};

#define BACKEND_COUNT (sizeof(backends) / sizeof(backends[0]))
#define HOUR_US       (3600 * INT64_C(1000000))

const char *store_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : address;
}

bool store_is_counted(enum record_kind kind)
{
	return kind == RECORD_REJECTED || kind == RECORD_REJECTED_SRS;
}

bool store_is_delivery(enum record_kind kind)
{
	return kind == RECORD_DELIVERED || kind == RECORD_FORWARDED;
}

bool store_awaits_answer(const struct record *record)
{
	return record->kind == RECORD_DISCARDED || record->kind == RECORD_DISCARDED_INFECTED;
}

bool store_address_fits(const char *address, const char *wanted)
{
	if (!store_given(wanted))
		return true;
	return strcasecmp(strchr(wanted, '@') != NULL ? address : store_domain(address), wanted) ==
	       0;
}

bool store_group_is_after(const struct store_group *group, const struct store_group *after)
{
	int order;

	if (after == NULL)
		return true;
	order = strcasecmp(group->destination, after->destination);
	if (order == 0)
		order = strcasecmp(group->recipient, after->recipient);
	if (order == 0)
		order = strcmp(group->sender, after->sender);
	return order > 0 || (order == 0 && group->score > after->score);
}

int64_t store_high_water(int64_t max_bytes)
{
	return max_bytes - max_bytes / 10;
}

int64_t store_hour(int64_t time_us)
{
	return time_us - time_us % HOUR_US;
}

static const struct store_backend *find_backend(const char *uri, struct error *err_r)
{
	char examples[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < BACKEND_COUNT; i++) {
		if (backends[i]->knows(uri))
			return backends[i];
		len += (size_t)snprintf(examples + len, sizeof(examples) - len, "%s%s",
		                        i > 0 ? " or " : "", backends[i]->example);
	}
	/* There may be a password behind the colon. */
	len = strcspn(uri, ":");
	error_set(err_r, "store \"%.*s%s\": there is no such store; write %s", (int)len, uri,
	          uri[len] != '\0' ? ":…" : "", examples);
	return NULL;
}

bool store_check_uri(const char *uri, struct error *err_r)
{
	const struct store_backend *backend = find_backend(uri, err_r);

	return backend != NULL && backend->check(uri, err_r);
}

static struct store *open_store(const char *uri, bool reader, struct error *err_r)
{
	const struct store_backend *backend = find_backend(uri, err_r);

	if (backend == NULL || !backend->check(uri, err_r))
		return NULL;
	return backend->open(uri, reader, err_r);
}

struct store *store_open(const char *uri, struct error *err_r)
{
	return open_store(uri, false, err_r);
}

struct store *store_open_reader(const char *uri, struct error *err_r)
{
	return open_store(uri, true, err_r);
}

void store_close(struct store *store)
{
	if (store != NULL)
		store->backend->close(store);
}

bool store_write(struct store *store, const struct record *records, size_t count,
                 struct error *err_r)
{
	return store->backend->write(store, records, count, err_r);
}

bool store_has_backlog(const struct store *store)
{
	return store->backend->has_backlog != NULL && store->backend->has_backlog(store);
}

int64_t store_backlog_bytes(const struct store *store)
{
	return store->backend->backlog_bytes != NULL ? store->backend->backlog_bytes(store) : 0;
}

bool store_look_for_damage(struct store *store, struct deadline deadline, bool *whole_r,
                           struct error *err_r)
{
	*whole_r = true;
	return store->backend->look_for_damage == NULL ||
	       store->backend->look_for_damage(store, deadline, whole_r, err_r);
}

const char *store_doubt(struct store *store)
{
	return store->backend->doubt != NULL ? store->backend->doubt(store) : "";
}

bool store_inspect(const char *uri, struct error *err_r)
{
	const struct store_backend *backend = find_backend(uri, err_r);
	struct store *store;
	bool ok;

	if (backend == NULL || backend->doubt == NULL)
		return backend != NULL;
	store = store_open_reader(uri, err_r);
	if (store == NULL)
		return false;
	ok = store_doubt(store)[0] == '\0' || error_set(err_r, "%s", store_doubt(store));
	store_close(store);
	return ok;
}

bool store_retract(struct store *store, const struct record *records, size_t count,
                   struct error *err_r)
{
	return store->backend->retract(store, records, count, err_r);
}

bool store_expire(struct store *store, const struct store_retention *retention, size_t limit,
                  struct store_expiry *expiry_r, struct error *err_r)
{
	*expiry_r = (struct store_expiry){ 0 };
	return store->backend->expire(store, retention, limit, expiry_r, err_r);
}

bool store_read(struct store *store, const struct store_query *query, store_visit *visit,
                void *context, struct error *err_r)
{
	return store->backend->read(store, query, visit, context, err_r);
}

bool store_read_groups(struct store *store, const struct store_query *query,
                       store_visit_group *visit, void *context, struct error *err_r)
{
	return store->backend->read_groups(store, query, visit, context, err_r);
}

bool store_read_ids(struct store *store, const int64_t *ids, size_t count, store_visit *visit,
                    void *context, struct error *err_r)
{
	return count == 0 || store->backend->read_ids(store, ids, count, visit, context, err_r);
}

bool store_count_spans(struct store *store, enum record_kind kind, const char *account,
                       const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
                       struct error *err_r)
{
	return store->backend->count_spans(store, kind, account, bounds_us, span_count, counts_r,
	                                   err_r);
}

bool store_first_id(struct store *store, int64_t since_us, int64_t *id_r, struct error *err_r)
{
	return store->backend->first_id(store, since_us, id_r, err_r);
}

bool store_newest_id(struct store *store, int64_t *id_r, struct error *err_r)
{
	return store->backend->newest_id(store, id_r, err_r);
}

bool store_read_counts(struct store *store, int64_t since_us, const char *domain,
                       store_visit_count *visit, void *context, struct error *err_r)
{
	return store->backend->read_counts(store, since_us, domain, visit, context, err_r);
}
