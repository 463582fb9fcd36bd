/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One mutex guards the queues and all states; it is never held across a call of the store. An
 * entry is a flat copy of a caller's records. A committing caller waits for its entry; whoever lets
 * go of it last frees it: the caller while it is queued or done, the writer where the caller left
 * while it was being written.
 */
#include "store/recorder.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock_watch.h"
#include "base/condition.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/trouble.h"
#include "store/backoff.h"
#include "store/origin.h"
#include "store/queue.h"

/* Ordinary records that may wait; at some 500 bytes each. */
#define QUEUE_MAX 20000
/* Records of one transaction, besides those that callers wait for. */
#define BATCH_MAX 2000
/* The same after a failure: on a disk that is nearly full, a drop must not fail because of what
 * waits. */
#define BATCH_CAREFUL 50
/* How long ordinary records wait for others, to share a transaction. */
#define FLUSH_DELAY_US 200000
#define START_WAIT_MS  2000
/* How often a store that has a backlog tries to hand it over. */
#define BACKLOG_US  1000000
#define LOST_LOG_US 60000000
/* Old records are removed in steps of this many, this often; when none are left, after an hour. */
#define EXPIRE_STEP     500
#define EXPIRE_PAUSE_US 100000
#define EXPIRE_REST_US  (3600 * INT64_C(1000000))
/* After this many new records the store may be too large. */
#define EXPIRE_RECORDS 1000
#define DAY_US         (24 * 3600 * INT64_C(1000000))

struct recorder {
	char *uri;
	char origin[ORIGIN_SIZE]; /* of its records */
	struct store *store;      /* the writer's alone; NULL while it is not available */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work; /* something for the writer */
	pthread_cond_t done; /* something for those who wait for a commit, or for the start */
	struct queue commits;
	struct queue ordinary;
	bool stopping;
	int64_t keep_us; /* 0: all */
	int64_t keep_bytes;
	struct recorder_counters counters;
	uint64_t lost_logged;
	int64_t lost_log_at_us;
	bool tried; /* the store was opened once, or could not be */
	bool failing;
	char status[RECORDER_STATE_SIZE];
	bool works; /* by `status` */
	void (*told)(const char *status);
	int64_t retry_at_us; /* when failing */
	int64_t backoff_us;
	int64_t expire_at_us;
	uint64_t expire_at_written; /* or when this many were written */
	int64_t size_log_at_us;
	struct clock_watch clock;
	int64_t backlog_at_us; /* INT64_MAX: there is none */
	struct error error;    /* why the store does not work */
};

/* The writer. */

/* What one transaction writes. */
struct batch {
	struct queue commits;
	struct queue ordinary;
};

static void take_batch(struct recorder *recorder, struct batch *batch)
{
	size_t limit = recorder->failing ? BATCH_CAREFUL : BATCH_MAX;

	queue_init(&batch->commits);
	queue_init(&batch->ordinary);
	while (recorder->commits.first != NULL) {
		struct entry *entry = queue_pop(&recorder->commits);

		entry->state = ENTRY_WRITING;
		queue_push(&batch->commits, entry);
	}
	while (recorder->ordinary.first != NULL && batch->ordinary.records < limit)
		queue_push(&batch->ordinary, queue_pop(&recorder->ordinary));
}

static size_t gather(const struct queue *queue, struct record *records, size_t count)
{
	for (const struct entry *entry = queue->first; entry != NULL; entry = entry->next) {
		memcpy(&records[count], entry->records, entry->count * sizeof(*records));
		count += entry->count;
	}
	return count;
}

static bool write_batch(struct recorder *recorder, const struct batch *batch, struct error *err_r)
{
	size_t count = batch->commits.records + batch->ordinary.records;
	struct record *records = memory_calloc(count, sizeof(*records));
	bool ok;

	gather(&batch->ordinary, records, gather(&batch->commits, records, 0));
	if (recorder->store == NULL)
		recorder->store = store_open(recorder->uri, err_r);
	ok = recorder->store != NULL && store_write(recorder->store, records, count, err_r);
	free(records);
	return ok;
}

/* The store is opened anew after a while. */
static void note_failure(struct recorder *recorder, const struct error *err)
{
	recorder->failing = true;
	recorder->error = *err;
	recorder->backoff_us = backoff_next(recorder->backoff_us);
	recorder->retry_at_us = clock_monotonic_us() + recorder->backoff_us;
}

static void note_success(struct recorder *recorder, size_t count)
{
	recorder->failing = false;
	recorder->retry_at_us = 0;
	/* That it can be opened doesn't mean that there is room for what is written. */
	if (count > 0)
		recorder->backoff_us = 0;
	recorder->counters.written += count;
	recorder->counters.commits++;
	if (count > 0)
		recorder->counters.commit_us = clock_monotonic_us();
	recorder->counters.journal_bytes = store_backlog_bytes(recorder->store);
	recorder->backlog_at_us =
		store_has_backlog(recorder->store) ? clock_monotonic_us() + BACKLOG_US : INT64_MAX;
}

/* Wakes those who wait; returns the entries that nobody waits for any more. */
static struct entry *answer_commits(struct recorder *recorder, struct queue *commits, bool ok)
{
	struct entry *abandoned = NULL;

	while (commits->first != NULL) {
		struct entry *entry = queue_pop(commits);

		if (entry->state == ENTRY_ABANDONED) {
			entry->next = abandoned;
			abandoned = entry;
		} else {
			entry->state = ok ? ENTRY_DURABLE : ENTRY_FAILED;
		}
	}
	pthread_cond_broadcast(&recorder->done);
	return abandoned;
}

static void free_entries(struct queue *queue)
{
	while (queue->first != NULL)
		free(queue_pop(queue));
}

static struct trouble retraction = {
	.name = "store-retract",
	.over = "store: records of what was delivered after all are taken out again",
	.by_itself = true,
	.severe = true,
};

/* Their mail was delivered, as the caller was told that the records were not written. */
static void drop_abandoned(struct recorder *recorder, struct entry *abandoned, bool written)
{
	struct entry *next;
	struct error err;

	for (; abandoned != NULL; abandoned = next) {
		next = abandoned->next;
		if (written &&
		    !store_retract(recorder->store, abandoned->records, abandoned->count, &err))
			trouble_count(&retraction, abandoned->records[0].queue_id,
			              "store: %s; the report has %zu records too many", err.text,
			              abandoned->count);
		free(abandoned);
	}
}

static struct trouble failure = {
	.name = "store",
	.over = "store: works again",
	.severe = true,
};

static void say_failure(const struct error *err)
{
	trouble_begin(&failure, NULL,
	              "store: %s; no forwarded mail is dropped until it works, which is tried "
	              "every %d seconds or sooner",
	              err->text, (int)(BACKOFF_MAX_US / 1000000));
}

/* Logs what is wrong with the store, if that has changed; the writer's alone. */
static void tell_status(struct recorder *recorder, const struct error *err)
{
	char status[sizeof(recorder->status)];
	void (*told)(const char *status);

	if (err != NULL)
		snprintf(status, sizeof(status), "store: %s; no forwarded mail is dropped",
		         err->text);
	else if (store_doubt(recorder->store)[0] != '\0')
		snprintf(status, sizeof(status), "store: %s", store_doubt(recorder->store));
	else
		snprintf(status, sizeof(status), "store: works");
	if (strcmp(status, recorder->status) == 0)
		return;
	pthread_mutex_lock(&recorder->lock);
	memcpy(recorder->status, status, sizeof(status));
	recorder->works = err == NULL && store_doubt(recorder->store)[0] == '\0';
	told = recorder->told;
	pthread_mutex_unlock(&recorder->lock);
	if (told != NULL)
		told(status);
}

static void write_queued(struct recorder *recorder)
{
	struct entry *abandoned;
	struct batch batch;
	struct error err;
	bool ok;

	take_batch(recorder, &batch);
	pthread_mutex_unlock(&recorder->lock);
	ok = write_batch(recorder, &batch, &err);
	if (!ok) {
		store_close(recorder->store);
		recorder->store = NULL;
	}
	pthread_mutex_lock(&recorder->lock);
	if (ok) {
		note_success(recorder, batch.commits.records + batch.ordinary.records);
		free_entries(&batch.ordinary);
	} else {
		note_failure(recorder, &err);
		queue_put_back(&recorder->ordinary, &batch.ordinary);
	}
	recorder->tried = true;
	abandoned = answer_commits(recorder, &batch.commits, ok);
	pthread_mutex_unlock(&recorder->lock);
	if (!ok)
		say_failure(&err);
	else
		trouble_end(&failure);
	tell_status(recorder, ok ? NULL : &err);
	drop_abandoned(recorder, abandoned, ok);
	pthread_mutex_lock(&recorder->lock);
}

/* Once a day: what operators count on is how long records are kept. */
static void log_size(struct recorder *recorder, int64_t now)
{
	if (now < recorder->size_log_at_us)
		return;
	recorder->size_log_at_us = now + DAY_US;
	log_warning(NULL,
	            "store: records_max_size is reached; the oldest records are removed before "
	            "records_keep says so");
}

/* Removes one step of old records. */
static void expire(struct recorder *recorder)
{
	int64_t now_us = (int64_t)time(NULL) * 1000000;
	bool steady = clock_watch_is_steady(&recorder->clock, now_us, "store: records");
	struct store_retention retention = { now_us, steady ? recorder->keep_us : 0,
		                             recorder->keep_bytes };
	struct store_expiry expiry = { 0 };
	struct error err;
	bool ok = true;

	recorder->expire_at_us = clock_monotonic_us() + EXPIRE_REST_US;
	recorder->expire_at_written = recorder->counters.written + EXPIRE_RECORDS;
	pthread_mutex_unlock(&recorder->lock);
	if (recorder->store != NULL)
		ok = store_expire(recorder->store, &retention, EXPIRE_STEP, &expiry, &err);
	if (!ok)
		log_warning(NULL, "store: old records could not be removed: %s", err.text);
	if (expiry.for_size)
		log_size(recorder, clock_monotonic_us());
	pthread_mutex_lock(&recorder->lock);
	if (ok && expiry.more)
		recorder->expire_at_us = clock_monotonic_us() + EXPIRE_PAUSE_US;
}

/* Many new records need room sooner than after an hour. */
static bool is_expiry_due(const struct recorder *recorder, int64_t now)
{
	if (recorder->keep_us <= 0 && recorder->keep_bytes <= 0)
		return false;
	return recorder->expire_at_us <= now ||
	       (recorder->keep_bytes > 0 &&
	        recorder->counters.written >= recorder->expire_at_written);
}

/* Says once a minute how many records found no room; true where it had to. */
static bool log_lost(struct recorder *recorder, int64_t now)
{
	uint64_t lost = recorder->counters.lost - recorder->lost_logged;

	if (lost == 0 || now < recorder->lost_log_at_us)
		return false;
	recorder->lost_logged = recorder->counters.lost;
	recorder->lost_log_at_us = now + LOST_LOG_US;
	pthread_mutex_unlock(&recorder->lock);
	log_warning(NULL, "store: %llu records of delivered mail were lost",
	            (unsigned long long)lost);
	pthread_mutex_lock(&recorder->lock);
	return true;
}

/* When there will be something to write; INT64_MAX: not before somebody says so. */
static int64_t write_due(const struct recorder *recorder)
{
	int64_t due = INT64_MAX;

	if (recorder->ordinary.first != NULL)
		due = recorder->ordinary.first->queued_us + FLUSH_DELAY_US;
	if (recorder->commits.first != NULL || recorder->ordinary.records >= BATCH_MAX ||
	    recorder->store == NULL)
		due = 0;
	if (recorder->backlog_at_us < due)
		due = recorder->backlog_at_us;
	if (due != INT64_MAX && due < recorder->retry_at_us)
		due = recorder->retry_at_us;
	return due;
}

static void wait_until(struct recorder *recorder, int64_t due_us)
{
	condition_wait(&recorder->work, &recorder->lock, (struct deadline){ due_us });
}

static int64_t next_event(const struct recorder *recorder, int64_t due)
{
	if ((recorder->keep_us > 0 || recorder->keep_bytes > 0) && recorder->expire_at_us < due)
		due = recorder->expire_at_us;
	if (recorder->counters.lost != recorder->lost_logged && recorder->lost_log_at_us < due)
		due = recorder->lost_log_at_us;
	return due;
}

static void work(struct recorder *recorder)
{
	int64_t now = clock_monotonic_us(), due = write_due(recorder);

	if (log_lost(recorder, now))
		return;
	/* A store that is down must not delay mail: its drops are delivered at once. */
	if (now < recorder->retry_at_us && recorder->commits.first != NULL) {
		answer_commits(recorder, &recorder->commits, false);
		return;
	}
	if (due <= now) {
		write_queued(recorder);
		return;
	}
	if (is_expiry_due(recorder, now)) {
		expire(recorder);
		return;
	}
	wait_until(recorder, next_event(recorder, due));
}

/* Everything that waits gets its last chance. */
static void finish(struct recorder *recorder)
{
	recorder->failing = false;
	while (!recorder->failing &&
	       (recorder->commits.first != NULL || recorder->ordinary.first != NULL))
		write_queued(recorder);
	answer_commits(recorder, &recorder->commits, false);
	recorder->counters.lost += recorder->ordinary.records;
	recorder->lost_log_at_us = 0;
	log_lost(recorder, 0);
	free_entries(&recorder->ordinary);
}

static void *writer_main(void *context)
{
	struct recorder *recorder = context;

	pthread_mutex_lock(&recorder->lock);
	while (!recorder->stopping)
		work(recorder);
	finish(recorder);
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

/* For the other threads. */

static void start_thread(struct recorder *recorder)
{
	sigset_t all, before;
	int failed;

	/* Signals are for the threads that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&recorder->thread, NULL, writer_main, recorder);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		log_error(NULL, "cannot start a thread: %s", strerror(failed));
		abort();
	}
}

static void stamp(const struct recorder *recorder, struct entry *entry)
{
	for (size_t i = 0; i < entry->count; i++)
		entry->records[i].origin = recorder->origin;
}

/* A store that takes long to open, or can't be opened, doesn't delay the start. */
static void wait_for_store(struct recorder *recorder)
{
	struct deadline deadline = deadline_in_ms(START_WAIT_MS);

	pthread_mutex_lock(&recorder->lock);
	while (!recorder->tried)
		if (!condition_wait(&recorder->done, &recorder->lock, deadline))
			break;
	pthread_mutex_unlock(&recorder->lock);
}

struct recorder *recorder_start(const char *uri, struct error *err_r)
{
	struct recorder *recorder;

	if (!store_check_uri(uri, err_r))
		return NULL;
	recorder = memory_calloc(1, sizeof(*recorder));
	recorder->uri = memory_strdup(uri);
	origin_make(recorder->origin);
	recorder->backlog_at_us = INT64_MAX;
	queue_init(&recorder->commits);
	queue_init(&recorder->ordinary);
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_cond_init(&recorder->work, NULL);
	pthread_cond_init(&recorder->done, NULL);
	start_thread(recorder);
	wait_for_store(recorder);
	return recorder;
}

void recorder_stop(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	pthread_mutex_lock(&recorder->lock);
	recorder->stopping = true;
	pthread_cond_signal(&recorder->work);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	store_close(recorder->store);
	pthread_cond_destroy(&recorder->work);
	pthread_cond_destroy(&recorder->done);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder->uri);
	free(recorder);
}

static bool is_pending(const struct entry *entry)
{
	return entry->state == ENTRY_QUEUED || entry->state == ENTRY_WRITING;
}

/* Waits with the lock; true where the entry is settled, false where the deadline came first. */
static bool wait_settled(struct recorder *recorder, const struct entry *entry,
                         struct deadline deadline)
{
	while (is_pending(entry))
		if (!condition_wait(&recorder->done, &recorder->lock, deadline) &&
		    is_pending(entry))
			return false;
	return true;
}

bool recorder_commit(struct recorder *recorder, const struct record *records, size_t count,
                     struct deadline deadline, struct error *err_r)
{
	struct entry *entry = queue_entry_new(records, count);
	bool durable = false;

	stamp(recorder, entry);
	pthread_mutex_lock(&recorder->lock);
	queue_push(&recorder->commits, entry);
	pthread_cond_signal(&recorder->work);
	if (wait_settled(recorder, entry, deadline)) {
		durable = entry->state == ENTRY_DURABLE;
		if (!durable)
			*err_r = recorder->error;
	} else {
		error_set(err_r, "the store did not answer in time");
		if (entry->state == ENTRY_WRITING) {
			entry->state = ENTRY_ABANDONED;
			entry = NULL;
		} else {
			queue_remove(&recorder->commits, entry);
		}
	}
	pthread_mutex_unlock(&recorder->lock);
	free(entry);
	return durable;
}

struct entry *recorder_copy(const struct record *records, size_t count)
{
	return queue_entry_new(records, count);
}

void recorder_free_copy(struct entry *copy)
{
	free(copy);
}

bool recorder_submit(struct recorder *recorder, const struct record *records, size_t count)
{
	return recorder_submit_copy(recorder, queue_entry_new(records, count));
}

bool recorder_submit_copy(struct recorder *recorder, struct entry *entry)
{
	size_t count = entry->count;
	bool room, wake;

	stamp(recorder, entry);
	pthread_mutex_lock(&recorder->lock);
	/* The writer already knows when to look at what waits, so it isn't woken for each record.
	 */
	wake = recorder->ordinary.first == NULL;
	room = recorder->ordinary.records + count <= QUEUE_MAX;
	if (room) {
		queue_push(&recorder->ordinary, entry);
		entry = NULL;
	} else {
		recorder->counters.lost += count;
	}
	if (wake || !room || recorder->ordinary.records >= BATCH_MAX)
		pthread_cond_signal(&recorder->work);
	pthread_mutex_unlock(&recorder->lock);
	free(entry);
	return room;
}

void recorder_keep(struct recorder *recorder, int64_t keep_us, int64_t max_bytes)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->keep_us = keep_us;
	recorder->keep_bytes = max_bytes;
	recorder->expire_at_us = 0;
	pthread_cond_signal(&recorder->work);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_tell(struct recorder *recorder, void (*told)(const char *status))
{
	char status[RECORDER_STATE_SIZE];

	pthread_mutex_lock(&recorder->lock);
	recorder->told = told;
	memcpy(status, recorder->status, sizeof(status));
	pthread_mutex_unlock(&recorder->lock);
	if (status[0] != '\0')
		told(status);
}

void recorder_count(struct recorder *recorder, struct recorder_counters *counters_r)
{
	pthread_mutex_lock(&recorder->lock);
	*counters_r = recorder->counters;
	counters_r->queued = recorder->commits.records + recorder->ordinary.records;
	counters_r->waiting = recorder->commits.records;
	counters_r->works = recorder->works;
	memcpy(counters_r->state, recorder->status, sizeof(counters_r->state));
	pthread_mutex_unlock(&recorder->lock);
}
