/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where records are kept: one interface, the scheme of a URI selects the backend ("sqlite:PATH";
 * "redis://host:port/db"). A store is used by one thread at a time: the recorder's writer, or a
 * report. Every function may block on the disk or network.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/deadline.h"
#include "base/error.h"
#include "store/record.h"

struct store;

/* True where the URI names a backend that we have and is well formed. Opens nothing. */
bool store_check_uri(const char *uri, struct error *err_r);

/* Opens, and creates or migrates the schema. */
struct store *store_open(const char *uri, struct error *err_r);
/* Opens for reading only, for reports; the daemon may be writing meanwhile. */
struct store *store_open_reader(const char *uri, struct error *err_r);
void store_close(struct store *store);

/*
 * Writes all records in one transaction and returns true once they are durable. A record that is
 * there already (same queue id, recipient, destination and scan content) is not written twice.
 */
bool store_write(struct store *store, const struct record *records, size_t count,
		 struct error *err_r);

/* Selection for reports; empty strings and 0 select all. */
struct store_query {
	enum record_kind kind;
	const char *account;     /* "user@domain" or "domain" of the recipient */
	const char *destination; /* address or domain */
	int64_t since_us;
	int64_t after_id;        /* only records newer than this one, for --follow */
	size_t limit;            /* 0: no limit */
};
/* Calls visit(record, id, context) in order of time until it returns false. */
bool store_read(struct store *store, const struct store_query *query,
		bool (*visit)(const struct record *record, int64_t id, void *context), void *context,
		struct error *err_r);

#endif
