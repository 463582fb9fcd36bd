/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a store backend is: a table of functions behind the ones of store.h. Each backend's object
 * begins with a struct store. Nothing outside store/ includes this.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "base/deadline.h"
#include "base/error.h"
#include "store/store_query.h"

typedef bool store_visit(const struct record *record, int64_t id, void *context);
typedef bool store_visit_group(const struct store_group *group, void *context);
typedef bool store_visit_count(const struct store_count *count, void *context);

struct store;

struct store_backend {
	bool (*knows)(const char *uri); /* by its scheme */
	const char *example;
	bool (*check)(const char *uri, struct error *err_r);
	struct store *(*open)(const char *uri, bool reader, struct error *err_r);
	void (*close)(struct store *store);
	bool (*write)(struct store *store, const struct record *records, size_t count,
	              struct error *err_r);
	/* NULL: never has one. */
	bool (*has_backlog)(const struct store *store);
	/* NULL: always 0. */
	int64_t (*backlog_bytes)(const struct store *store);
	/* NULL: always "". */
	const char *(*doubt)(struct store *store);
	/* NULL: nothing is looked at. */
	bool (*look_for_damage)(struct store *store, struct deadline deadline, bool *whole_r,
	                        struct error *err_r);
	bool (*retract)(struct store *store, const struct record *records, size_t count,
	                struct error *err_r);
	bool (*expire)(struct store *store, const struct store_retention *retention, size_t limit,
	               struct store_expiry *expiry_r, struct error *err_r);
	bool (*read)(struct store *store, const struct store_query *query, store_visit *visit,
	             void *context, struct error *err_r);
	/* It has indexes of groups, senders, tagged mail and malware; else each record has to be
	 * looked at for these. */
	bool has_all_indexes;
	bool (*read_groups)(struct store *store, const struct store_query *query,
	                    store_visit_group *visit, void *context, struct error *err_r);
	bool (*read_ids)(struct store *store, const int64_t *ids, size_t count, store_visit *visit,
	                 void *context, struct error *err_r);
	bool (*count_spans)(struct store *store, enum record_kind kind, const char *account,
	                    const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
	                    struct error *err_r);
	bool (*first_id)(struct store *store, int64_t since_us, int64_t *id_r, struct error *err_r);
	bool (*newest_id)(struct store *store, int64_t *id_r, struct error *err_r);
	bool (*read_counts)(struct store *store, int64_t since_us, const char *domain,
	                    store_visit_count *visit, void *context, struct error *err_r);
};

struct store {
	const struct store_backend *backend;
};

extern const struct store_backend store_sqlite;
extern const struct store_backend store_redis;

/* The record's string, "" where it is NULL. */
static inline const char *store_text(const char *text)
{
	return text != NULL ? text : "";
}

/* What follows the last "@", or all of it. */
const char *store_domain(const char *address);
/* True for the kinds that are only counted. */
bool store_is_counted(enum record_kind kind);
/* True for mail that was accepted: the bulk, and the first to go. */
bool store_is_delivery(enum record_kind kind);
/* True for what is written before the MTA gets its answer. */
bool store_awaits_answer(const struct record *record);
/* `wanted` has an "@": the address; else its domain; NULL or "": any. */
bool store_address_fits(const char *address, const char *wanted);
/* How young deliveries are that stay although there are too many. */
#define STORE_DELIVERY_MIN_US (86400 * INT64_C(1000000))
/* Above this part of the size limit, records are removed. */
int64_t store_high_water(int64_t max_bytes);

/* True where a group comes after another, or that is NULL; case does not matter but for senders. */
bool store_group_is_after(const struct store_group *group, const struct store_group *after);

static inline bool store_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}
/* When the hour of a time began, microseconds. */
int64_t store_hour(int64_t time_us);

#endif
