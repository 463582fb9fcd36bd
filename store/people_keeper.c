/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One mutex guards the free connections, the queue and the state; it is never held across a call of
 * the store.
 */
#include "store/people_keeper.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock_watch.h"
#include "base/condition.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/trouble.h"
#include "store/backoff.h"
#include "store/people.h"
#include "store/store.h"

/* Connections that are kept for the next question; more are opened where more are needed. */
#define READERS_KEPT 16
/* Lessons that may wait, some 200 bytes each; those of one transaction. */
#define QUEUE_MAX 20000
#define BATCH_MAX 1000
/* How long lessons wait for others. */
#define FLUSH_DELAY_US  500000
#define EXPIRE_PAUSE_US 200000
#define EXPIRE_REST_US  (3600 * INT64_C(1000000))
#define LOST_LOG_US     60000000
/* Connections that nobody uses are closed after this, so that they hold up nobody who mends a disk.
 */
#define IDLE_US 5000000

static struct trouble reading = {
	.name = "people-read",
	.over = "store: who knows whom can be read again",
};
static struct trouble writing = {
	.name = "people-write",
	.over = "store: senders are learned of again",
};

/* Lessons of one message, with their texts behind them. */
struct packet {
	struct packet *next;
	size_t count;
	struct people_lesson lessons[];
};

struct people_keeper {
	struct people_reader reader; /* first: it is what readers are given */
	char *uri;
	pthread_mutex_t lock;
	/* Reading. */
	struct people_store *readers[READERS_KEPT];
	size_t reader_count;
	int64_t used_us;       /* when one was given back last */
	int64_t read_again_us; /* no connection is opened before */
	int64_t read_backoff_us;
	/* Writing. */
	struct clock_watch clock;
	bool learns;
	pthread_t thread;
	pthread_cond_t work;
	struct packet *first, **last;
	size_t queued;
	bool stopping;
	int64_t sleeps_until_us;     /* the thread; 0: it is at work */
	struct people_store *writer; /* the thread's alone */
	bool writing_fails;
	int64_t write_again_us;
	int64_t write_backoff_us;
	int64_t flush_us; /* when what is queued is due */
	int64_t keep_ms;  /* 0: all */
	int64_t expire_us;
	uint64_t lost;
	int64_t lost_log_us;
};

/* For what is to be done at that time; with the lock. No message wakes it for what it will see by
 * itself in time. */
static void wake_by(struct people_keeper *keeper, int64_t due_us)
{
	if (due_us < keeper->sleeps_until_us)
		pthread_cond_signal(&keeper->work);
}

/* Reading. */

/* A connection of the pool, or NULL; *may_open_r: another one may be tried. */
static struct people_store *take_reader(struct people_keeper *keeper, bool *may_open_r)
{
	struct people_store *store = NULL;

	pthread_mutex_lock(&keeper->lock);
	if (keeper->reader_count > 0)
		store = keeper->readers[--keeper->reader_count];
	*may_open_r = clock_monotonic_us() >= keeper->read_again_us;
	pthread_mutex_unlock(&keeper->lock);
	return store;
}

static void give_reader(struct people_keeper *keeper, struct people_store *store)
{
	bool kept;

	pthread_mutex_lock(&keeper->lock);
	kept = keeper->reader_count < READERS_KEPT;
	if (kept)
		keeper->readers[keeper->reader_count++] = store;
	keeper->used_us = clock_monotonic_us();
	/* The thread has to close it some day. */
	wake_by(keeper, keeper->used_us + IDLE_US);
	keeper->read_backoff_us = keeper->read_again_us = 0;
	pthread_mutex_unlock(&keeper->lock);
	if (!kept)
		people_close(store);
	trouble_end(&reading);
}

/* Takes all out of the pool; with the lock. */
static size_t take_all(struct people_keeper *keeper, struct people_store *taken[READERS_KEPT])
{
	size_t count = keeper->reader_count;

	memcpy(taken, keeper->readers, count * sizeof(taken[0]));
	keeper->reader_count = 0;
	return count;
}

static void close_all(struct people_store *taken[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		people_close(taken[i]);
}

/* The pool's other connections are as bad. */
static void note_failure(struct people_keeper *keeper, const struct error *err)
{
	struct people_store *stale[READERS_KEPT];
	size_t count;

	pthread_mutex_lock(&keeper->lock);
	count = take_all(keeper, stale);
	keeper->read_backoff_us = backoff_next(keeper->read_backoff_us);
	keeper->read_again_us = clock_monotonic_us() + keeper->read_backoff_us;
	pthread_mutex_unlock(&keeper->lock);
	close_all(stale, count);
	trouble_begin(&reading, NULL,
	              "store: who knows whom can't be read: %s; mail is scored without, and "
	              "what that might have saved is not dropped",
	              err->text);
}

static bool ask(struct people_store *store, struct arena *arena,
                const struct people_question *question, struct deadline deadline,
                struct people_answer *answer_r, struct error *err_r)
{
	return store != NULL && people_read(store, arena, question, deadline, answer_r, err_r);
}

static bool keeper_read(const struct people_reader *reader, struct arena *arena,
                        const struct people_question *question, struct deadline deadline,
                        struct people_answer *answer_r)
{
	struct people_keeper *keeper = (struct people_keeper *)reader;
	bool may_open;
	struct people_store *store = take_reader(keeper, &may_open);
	struct error err = { "" };

	if (ask(store, arena, question, deadline, answer_r, &err)) {
		give_reader(keeper, store);
		return true;
	}
	/* What was opened long ago may have been closed at the other end since. */
	people_close(store);
	if (!may_open)
		return false;
	store = people_open(keeper->uri, keeper->learns ? PEOPLE_READ : PEOPLE_PEEK, &err);
	if (ask(store, arena, question, deadline, answer_r, &err)) {
		give_reader(keeper, store);
		return true;
	}
	people_close(store);
	note_failure(keeper, &err);
	return false;
}

/* Writing. */

static void queue_init(struct people_keeper *keeper)
{
	keeper->first = NULL;
	keeper->last = &keeper->first;
	keeper->queued = 0;
}

static size_t text_size(const struct people_lesson *lesson)
{
	return lesson->scope.len + lesson->name.len;
}

static struct str copy_text(char **end, struct str text)
{
	struct str copy = { *end, text.len };

	if (text.len > 0)
		memcpy(*end, text.data, text.len);
	*end += text.len;
	return copy;
}

static struct packet *pack(const struct people_lesson *lessons, size_t count)
{
	size_t size = sizeof(struct packet) + count * sizeof(*lessons);
	struct packet *packet;
	char *end;

	for (size_t i = 0; i < count; i++)
		size += text_size(&lessons[i]);
	packet = memory_alloc(size);
	packet->next = NULL;
	packet->count = count;
	end = (char *)&packet->lessons[count];
	for (size_t i = 0; i < count; i++) {
		packet->lessons[i] = lessons[i];
		packet->lessons[i].scope = copy_text(&end, lessons[i].scope);
		packet->lessons[i].name = copy_text(&end, lessons[i].name);
	}
	return packet;
}

static void free_packets(struct packet *packet)
{
	while (packet != NULL) {
		struct packet *next = packet->next;

		free(packet);
		packet = next;
	}
}

/* Takes some of the queue; with the lock. */
static struct packet *take_batch(struct people_keeper *keeper, size_t *count_r)
{
	struct packet *batch = keeper->first, *end = NULL;

	*count_r = 0;
	while (keeper->first != NULL &&
	       (*count_r == 0 || *count_r + keeper->first->count <= BATCH_MAX)) {
		end = keeper->first;
		*count_r += end->count;
		keeper->first = end->next;
	}
	if (end != NULL)
		end->next = NULL;
	if (keeper->first == NULL)
		keeper->last = &keeper->first;
	keeper->queued -= *count_r;
	return batch;
}

static bool write_batch(struct people_keeper *keeper, const struct packet *batch, size_t count,
                        struct error *err_r)
{
	struct people_lesson *lessons = memory_calloc(count, sizeof(*lessons));
	size_t len = 0;
	bool ok;

	for (const struct packet *packet = batch; packet != NULL; packet = packet->next) {
		memcpy(&lessons[len], packet->lessons, packet->count * sizeof(*lessons));
		len += packet->count;
	}
	if (keeper->writer == NULL)
		keeper->writer = people_open(keeper->uri, PEOPLE_WRITE, err_r);
	ok = keeper->writer != NULL && people_teach(keeper->writer, lessons, count, err_r);
	free(lessons);
	return ok;
}

/* With the lock, which is let go of meanwhile. What could not be written is lost: it is no more
 * than a little of what is known. */
static void write_queued(struct people_keeper *keeper)
{
	struct error err = { "" };
	size_t count;
	struct packet *batch = take_batch(keeper, &count);
	bool ok;

	pthread_mutex_unlock(&keeper->lock);
	ok = write_batch(keeper, batch, count, &err);
	free_packets(batch);
	if (!ok) {
		people_close(keeper->writer);
		keeper->writer = NULL;
	}
	if (!ok)
		trouble_begin(&writing, NULL, "store: nothing can be learned of senders: %s",
		              err.text);
	else
		trouble_end(&writing);
	pthread_mutex_lock(&keeper->lock);
	keeper->used_us = clock_monotonic_us();
	keeper->writing_fails = !ok;
	keeper->write_backoff_us = ok ? 0 : backoff_next(keeper->write_backoff_us);
	keeper->write_again_us = ok ? 0 : clock_monotonic_us() + keeper->write_backoff_us;
	keeper->flush_us = clock_monotonic_us() + FLUSH_DELAY_US;
	/* A new connection has to be told how long. */
	if (!ok)
		keeper->expire_us = 0;
}

static void expire(struct people_keeper *keeper)
{
	int64_t now_s = (int64_t)time(NULL), before_s = now_s - keeper->keep_ms / 1000;
	struct error err = { "" };
	bool more = false, ok;

	keeper->expire_us = clock_monotonic_us() + EXPIRE_REST_US;
	if (!clock_watch_is_steady(&keeper->clock, now_s * 1000000, "store: who knows whom"))
		return;
	pthread_mutex_unlock(&keeper->lock);
	if (keeper->writer == NULL)
		keeper->writer = people_open(keeper->uri, PEOPLE_WRITE, &err);
	ok = keeper->writer != NULL && people_expire(keeper->writer, before_s, &more, &err);
	if (!ok) {
		people_close(keeper->writer);
		keeper->writer = NULL;
	}
	pthread_mutex_lock(&keeper->lock);
	keeper->used_us = clock_monotonic_us();
	if (!ok || more)
		keeper->expire_us = clock_monotonic_us() + (ok ? EXPIRE_PAUSE_US : BACKOFF_MAX_US);
}

static void log_lost(struct people_keeper *keeper, int64_t now)
{
	uint64_t lost = keeper->lost;

	keeper->lost = 0;
	keeper->lost_log_us = now + LOST_LOG_US;
	pthread_mutex_unlock(&keeper->lock);
	log_warning(NULL, "store: %llu lessons about senders were lost", (unsigned long long)lost);
	pthread_mutex_lock(&keeper->lock);
}

/* With the lock, which is let go of meanwhile. */
static void close_idle(struct people_keeper *keeper)
{
	struct people_store *idle[READERS_KEPT];
	size_t count = take_all(keeper, idle);

	pthread_mutex_unlock(&keeper->lock);
	close_all(idle, count);
	people_close(keeper->writer);
	keeper->writer = NULL;
	pthread_mutex_lock(&keeper->lock);
}

/* When connections have been idle for long; INT64_MAX: there are none. */
static int64_t idle_due(const struct people_keeper *keeper)
{
	if (keeper->reader_count == 0 && keeper->writer == NULL)
		return INT64_MAX;
	return keeper->used_us + IDLE_US;
}

static int64_t write_due(const struct people_keeper *keeper)
{
	if (keeper->queued == 0)
		return INT64_MAX;
	return keeper->flush_us > keeper->write_again_us ? keeper->flush_us
	                                                 : keeper->write_again_us;
}

static void work(struct people_keeper *keeper)
{
	int64_t now = clock_monotonic_us(), due = write_due(keeper);

	if (keeper->lost > 0 && now >= keeper->lost_log_us) {
		log_lost(keeper, now);
		return;
	}
	if (due <= now) {
		write_queued(keeper);
		return;
	}
	if (keeper->keep_ms > 0 && keeper->expire_us <= now) {
		expire(keeper);
		return;
	}
	if (idle_due(keeper) <= now) {
		close_idle(keeper);
		return;
	}
	if (keeper->keep_ms > 0 && keeper->expire_us < due)
		due = keeper->expire_us;
	if (idle_due(keeper) < due)
		due = idle_due(keeper);
	keeper->sleeps_until_us = due;
	condition_wait(&keeper->work, &keeper->lock, (struct deadline){ due });
	keeper->sleeps_until_us = 0;
}

static void *writer_main(void *context)
{
	struct people_keeper *keeper = context;

	pthread_mutex_lock(&keeper->lock);
	while (!keeper->stopping)
		work(keeper);
	keeper->writing_fails = false;
	while (keeper->queued > 0 && !keeper->writing_fails)
		write_queued(keeper);
	pthread_mutex_unlock(&keeper->lock);
	people_close(keeper->writer);
	return NULL;
}

static void start_thread(struct people_keeper *keeper)
{
	sigset_t all, before;
	int failed;

	/* Signals are for the threads that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&keeper->thread, NULL, writer_main, keeper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		log_error(NULL, "can't start a thread: %s; nothing is learned of senders",
		          strerror(failed));
		keeper->learns = false;
	}
}

struct people_keeper *people_keeper_start(const char *uri, bool learns, struct error *err_r)
{
	struct people_keeper *keeper;

	if (!store_check_uri(uri, err_r))
		return NULL;
	keeper = memory_calloc(1, sizeof(*keeper));
	keeper->reader.read = keeper_read;
	keeper->reader.remote = people_is_remote(uri);
	keeper->uri = memory_strdup(uri);
	keeper->learns = learns;
	queue_init(keeper);
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_cond_init(&keeper->work, NULL);
	if (learns)
		start_thread(keeper);
	return keeper;
}

void people_keeper_stop(struct people_keeper *keeper)
{
	if (keeper == NULL)
		return;
	if (keeper->learns) {
		pthread_mutex_lock(&keeper->lock);
		keeper->stopping = true;
		pthread_cond_signal(&keeper->work);
		pthread_mutex_unlock(&keeper->lock);
		pthread_join(keeper->thread, NULL);
	}
	free_packets(keeper->first);
	close_all(keeper->readers, keeper->reader_count);
	pthread_cond_destroy(&keeper->work);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper->uri);
	free(keeper);
}

const struct people_reader *people_keeper_reader(const struct people_keeper *keeper)
{
	return keeper != NULL ? &keeper->reader : NULL;
}

void people_keeper_teach(struct people_keeper *keeper, const struct people_lesson *lessons,
                         size_t count)
{
	struct packet *packet;

	if (keeper == NULL || !keeper->learns || count == 0)
		return;
	packet = pack(lessons, count);
	pthread_mutex_lock(&keeper->lock);
	if (keeper->queued + count > QUEUE_MAX) {
		keeper->lost += count;
		free(packet);
	} else {
		if (keeper->queued == 0)
			keeper->flush_us = clock_monotonic_us() + FLUSH_DELAY_US;
		*keeper->last = packet;
		keeper->last = &packet->next;
		keeper->queued += count;
		wake_by(keeper, write_due(keeper));
	}
	pthread_mutex_unlock(&keeper->lock);
}

void people_keeper_keep(struct people_keeper *keeper, int64_t keep_ms)
{
	if (keeper == NULL)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->keep_ms = keep_ms;
	keeper->expire_us = 0;
	pthread_cond_signal(&keeper->work);
	pthread_mutex_unlock(&keeper->lock);
}
