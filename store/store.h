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
#include "store/store_query.h"

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
 * there already (same kind, queue id (scan id where there is none), recipient, destination,
 * Message-ID and content) is not written twice. One whose message is the same as that of a discard
 * which was not answered (see struct record) takes that one's place. RECORD_REJECTED and
 * RECORD_REJECTED_SRS are only counted, by hour and domain of the recipient.
 */
bool store_write(struct store *store, const struct record *records, size_t count,
                 struct error *err_r);

/*
 * True where records are durable on this host but not yet where they belong: store_write() without
 * records tries to hand them over.
 */
bool store_has_backlog(const struct store *store);

/* Bytes of the journal that waits on this host for a server; 0 where there is none. */
int64_t store_backlog_bytes(const struct store *store);

/*
 * Why what the server acknowledged may yet be lost there, and what is done about it and is to be
 * done; "" where it is safe. Valid until the next call.
 */
const char *store_doubt(struct store *store);

/* The same for a store that is not open, to check a configuration: false, with the reason why it
 * can't be asked or believed. A file is not looked at. */
bool store_inspect(const char *uri, struct error *err_r);

/*
 * Reads a store through for damage until the deadline; *whole_r is false where that was too short.
 * False where something is damaged. Where the backend looks after that itself, nothing is done.
 */
bool store_look_for_damage(struct store *store, struct deadline deadline, bool *whole_r,
                           struct error *err_r);

/* Removes records that store_write() wrote and whose caller did not wait for them. */
bool store_retract(struct store *store, const struct record *records, size_t count,
                   struct error *err_r);

/* Removes at most about `limit` records. */
bool store_expire(struct store *store, const struct store_retention *retention, size_t limit,
                  struct store_expiry *expiry_r, struct error *err_r);

/* Calls visit(record, id, context) in order of time (with after_id: of arrival; with newest_first:
 * the other way round) until it returns false. The record is valid during the call only. */
bool store_read(struct store *store, const struct store_query *query,
                bool (*visit)(const struct record *record, int64_t id, void *context),
                void *context, struct error *err_r);

/* Calls visit for every group of the records that store_read() would give, but for `limit`, until
 * it returns false. Those of one kind, destination and recipient come one after the other. */
bool store_read_groups(struct store *store, const struct store_query *query,
                       bool (*visit)(const struct store_group *group, void *context), void *context,
                       struct error *err_r);

/* Calls visit for those of the records with these ids that are there, in this order, until it
 * returns false. */
bool store_read_ids(struct store *store, const int64_t *ids, size_t count,
                    bool (*visit)(const struct record *record, int64_t id, void *context),
                    void *context, struct error *err_r);

/* counts_r[i]: how many records of a kind there are from bounds_us[i] to before bounds_us[i + 1],
 * of bounds_us[span_count + 1]. `account` as in store_query. */
bool store_count_spans(struct store *store, enum record_kind kind, const char *account,
                       const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
                       struct error *err_r);

/* The id of the first record of any kind from a time on; 0 where there is none. */
bool store_first_id(struct store *store, int64_t since_us, int64_t *id_r, struct error *err_r);

/* The id of the newest record, for store_query.after_id; 0 where there is none. */
bool store_newest_id(struct store *store, int64_t *id_r, struct error *err_r);

/* Calls visit for every domain and hour from since_us on, newest first, until it returns false.
 * `domain`: only this one, NULL or "" for all. */
bool store_read_counts(struct store *store, int64_t since_us, const char *domain,
                       bool (*visit)(const struct store_count *count, void *context), void *context,
                       struct error *err_r);

#endif
