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
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/record_codec.h"

/* Ordinary records that may wait; at some 500 bytes each. */
#define QUEUE_MAX 20000
/* Records of one transaction, besides those that callers wait for. */
#define BATCH_MAX 2000
/* How long ordinary records wait for company. */
#define FLUSH_DELAY_US   200000
#define BACKOFF_FIRST_US 100000
#define BACKOFF_LAST_US  30000000
/* How often a store that has a backlog tries to hand it over. */
#define BACKLOG_US  1000000
#define LOST_LOG_US 60000000
/* Old records are removed in steps of so many, so often; when none are left, after an hour. */
#define EXPIRE_STEP     500
#define EXPIRE_PAUSE_US 100000
#define EXPIRE_REST_US  (3600 * INT64_C(1000000))
#define DAY_US          (24 * EXPIRE_REST_US)

enum entry_state {
	ENTRY_QUEUED,
	ENTRY_WRITING,
	ENTRY_DURABLE,
	ENTRY_FAILED,
	ENTRY_ABANDONED, /* the caller left while it was being written */
};

struct entry {
	struct entry *next;
	enum entry_state state; /* of an entry that is waited for */
	int64_t queued_us;
	size_t count;
	struct record records[]; /* behind them their strings */
};

struct queue {
	struct entry *first;
	struct entry **last;
	size_t records;
};

struct recorder {
	char *uri;
	struct store *store; /* the writer's alone; NULL while it is not available */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work; /* something for the writer */
	pthread_cond_t done; /* something for those who wait for a commit */
	struct queue commits;
	struct queue ordinary;
	bool stopping;
	int64_t keep_days;
	struct recorder_counters counters;
	uint64_t lost_logged;
	int64_t lost_log_at_us;
	bool failing;
	int64_t retry_at_us; /* when failing */
	int64_t backoff_us;
	int64_t expire_at_us;
	int64_t backlog_at_us; /* INT64_MAX: there is none */
	struct error error;    /* why the store does not work */
};

/* Entries and queues. */

static size_t strings_size(struct record record)
{
	const char **strings[RECORD_STRINGS];
	size_t size = 0;

	record_strings(&record, strings);
	for (size_t i = 0; i < RECORD_STRINGS; i++)
		size += *strings[i] != NULL ? strlen(*strings[i]) + 1 : 1;
	return size;
}

static char *copy_strings(struct record *record, char *to)
{
	const char **strings[RECORD_STRINGS];

	record_strings(record, strings);
	for (size_t i = 0; i < RECORD_STRINGS; i++) {
		const char *text = *strings[i] != NULL ? *strings[i] : "";
		size_t size = strlen(text) + 1;

		*strings[i] = memcpy(to, text, size);
		to += size;
	}
	return to;
}

static struct entry *entry_new(const struct record *records, size_t count)
{
	size_t size = sizeof(struct entry) + count * sizeof(*records);
	struct entry *entry;
	char *text;

	for (size_t i = 0; i < count; i++)
		size += strings_size(records[i]);
	entry = memory_alloc(size);
	*entry = (struct entry){ .count = count, .queued_us = clock_monotonic_us() };
	memcpy(entry->records, records, count * sizeof(*records));
	text = (char *)&entry->records[count];
	for (size_t i = 0; i < count; i++)
		text = copy_strings(&entry->records[i], text);
	return entry;
}

static void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .last = &queue->first };
}

static void queue_push(struct queue *queue, struct entry *entry)
{
	entry->next = NULL;
	*queue->last = entry;
	queue->last = &entry->next;
	queue->records += entry->count;
}

static struct entry *queue_pop(struct queue *queue)
{
	struct entry *entry = queue->first;

	queue->first = entry->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	queue->records -= entry->count;
	return entry;
}

static void queue_remove(struct queue *queue, struct entry *entry)
{
	struct entry **at = &queue->first;

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	if (queue->last == &entry->next)
		queue->last = at;
	queue->records -= entry->count;
}

/* Moves all of `from` to the front of `to`. */
static void queue_put_back(struct queue *to, struct queue *from)
{
	if (from->first == NULL)
		return;
	*from->last = to->first;
	if (to->first == NULL)
		to->last = from->last;
	to->first = from->first;
	to->records += from->records;
	queue_init(from);
}

/* The writer. */

/* What one transaction writes. */
struct batch {
	struct queue commits;
	struct queue ordinary;
};

static void take_batch(struct recorder *recorder, struct batch *batch)
{
	queue_init(&batch->commits);
	queue_init(&batch->ordinary);
	while (recorder->commits.first != NULL) {
		struct entry *entry = queue_pop(&recorder->commits);

		entry->state = ENTRY_WRITING;
		queue_push(&batch->commits, entry);
	}
	while (recorder->ordinary.first != NULL && batch->ordinary.records < BATCH_MAX)
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
	recorder->backoff_us =
		recorder->backoff_us == 0 ? BACKOFF_FIRST_US : recorder->backoff_us * 2;
	if (recorder->backoff_us > BACKOFF_LAST_US)
		recorder->backoff_us = BACKOFF_LAST_US;
	recorder->retry_at_us = clock_monotonic_us() + recorder->backoff_us;
}

static void note_success(struct recorder *recorder, size_t count)
{
	recorder->failing = false;
	recorder->retry_at_us = 0;
	recorder->backoff_us = 0;
	recorder->counters.written += count;
	recorder->counters.commits++;
	recorder->backlog_at_us =
		store_has_backlog(recorder->store) ? clock_monotonic_us() + BACKLOG_US : INT64_MAX;
}

/* Tells those who wait; returns the entries that nobody waits for any more. */
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

/* Their mail was delivered, as the caller was told that the records were not written. */
static void drop_abandoned(struct recorder *recorder, struct entry *abandoned, bool written)
{
	struct entry *next;
	struct error err;

	for (; abandoned != NULL; abandoned = next) {
		next = abandoned->next;
		if (written &&
		    !store_retract(recorder->store, abandoned->records, abandoned->count, &err))
			log_error(abandoned->records[0].queue_id,
			          "store: %s; the report has %zu records too many", err.text,
			          abandoned->count);
		free(abandoned);
	}
}

static void write_queued(struct recorder *recorder)
{
	struct entry *abandoned;
	struct batch batch;
	struct error err;
	bool ok, failed_before = recorder->failing;
	int64_t backoff_us;

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
	backoff_us = recorder->backoff_us;
	abandoned = answer_commits(recorder, &batch.commits, ok);
	pthread_mutex_unlock(&recorder->lock);
	if (!ok)
		log_error(NULL,
		          "store: %s; next try in %.1f seconds, until then no forwarded mail "
		          "is dropped",
		          err.text, (double)backoff_us / 1e6);
	else if (failed_before)
		log_info(NULL, "store: works again");
	drop_abandoned(recorder, abandoned, ok);
	pthread_mutex_lock(&recorder->lock);
}

/* Removes one step of old records. */
static void expire(struct recorder *recorder)
{
	int64_t now_us = (int64_t)time(NULL) * 1000000;
	int64_t before_us = now_us - recorder->keep_days * DAY_US;
	size_t removed = 0;
	struct error err;
	bool ok = true;

	recorder->expire_at_us = clock_monotonic_us() + EXPIRE_REST_US;
	pthread_mutex_unlock(&recorder->lock);
	if (recorder->store != NULL)
		ok = store_expire(recorder->store, before_us, EXPIRE_STEP, &removed, &err);
	if (!ok)
		log_warning(NULL, "store: old records could not be removed: %s", err.text);
	pthread_mutex_lock(&recorder->lock);
	if (removed == EXPIRE_STEP)
		recorder->expire_at_us = clock_monotonic_us() + EXPIRE_PAUSE_US;
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
	if (recorder->commits.first != NULL || recorder->ordinary.records >= BATCH_MAX)
		due = 0;
	if (recorder->backlog_at_us < due)
		due = recorder->backlog_at_us;
	if (due != INT64_MAX && due < recorder->retry_at_us)
		due = recorder->retry_at_us;
	return due;
}

static void wait_until(struct recorder *recorder, int64_t due_us)
{
	struct timespec at = deadline_timespec((struct deadline){ due_us });

	if (due_us == INT64_MAX)
		pthread_cond_wait(&recorder->work, &recorder->lock);
	else
		pthread_cond_timedwait(&recorder->work, &recorder->lock, &at);
}

static int64_t next_event(const struct recorder *recorder, int64_t due)
{
	if (recorder->keep_days > 0 && recorder->expire_at_us < due)
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
	/* A store that is down must not hold up mail: its drops are delivered at once. */
	if (now < recorder->retry_at_us && recorder->commits.first != NULL) {
		answer_commits(recorder, &recorder->commits, false);
		return;
	}
	if (due <= now) {
		write_queued(recorder);
		return;
	}
	if (recorder->keep_days > 0 && recorder->expire_at_us <= now) {
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

struct recorder *recorder_start(const char *uri, struct error *err_r)
{
	struct store *store = store_open(uri, err_r);
	struct recorder *recorder;
	pthread_condattr_t attr;

	if (store == NULL)
		return NULL;
	recorder = memory_calloc(1, sizeof(*recorder));
	recorder->uri = memory_strdup(uri);
	recorder->store = store;
	recorder->keep_days = RECORDER_DEFAULT_KEEP_DAYS;
	recorder->backlog_at_us = store_has_backlog(store) ? 0 : INT64_MAX;
	queue_init(&recorder->commits);
	queue_init(&recorder->ordinary);
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->work, &attr);
	pthread_cond_init(&recorder->done, &attr);
	pthread_condattr_destroy(&attr);
	start_thread(recorder);
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
	struct timespec at = deadline_timespec(deadline);

	while (is_pending(entry))
		if (pthread_cond_timedwait(&recorder->done, &recorder->lock, &at) != 0 &&
		    is_pending(entry))
			return false;
	return true;
}

bool recorder_commit(struct recorder *recorder, const struct record *records, size_t count,
                     struct deadline deadline, struct error *err_r)
{
	struct entry *entry = entry_new(records, count);
	bool durable = false;

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

bool recorder_submit(struct recorder *recorder, const struct record *records, size_t count)
{
	struct entry *entry = entry_new(records, count);
	bool room;

	pthread_mutex_lock(&recorder->lock);
	room = recorder->ordinary.records + count <= QUEUE_MAX;
	if (room) {
		queue_push(&recorder->ordinary, entry);
		entry = NULL;
	} else {
		recorder->counters.lost += count;
	}
	pthread_cond_signal(&recorder->work);
	pthread_mutex_unlock(&recorder->lock);
	free(entry);
	return room;
}

void recorder_keep_days(struct recorder *recorder, int64_t days)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->keep_days = days;
	recorder->expire_at_us = 0;
	pthread_cond_signal(&recorder->work);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_count(struct recorder *recorder, struct recorder_counters *counters_r)
{
	pthread_mutex_lock(&recorder->lock);
	*counters_r = recorder->counters;
	pthread_mutex_unlock(&recorder->lock);
}
