/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one thread that owns the store. recorder_commit() waits until records are durable: a drop is
 * answered to the MTA only after that; many waiting callers share one transaction.
 * recorder_submit() never waits: the queue is bounded, what overflows is counted and logged.
 * Thread-safe.
 */
#ifndef STORE_RECORDER_H
#define STORE_RECORDER_H

#include "base/deadline.h"
#include "store/store.h"

struct recorder;

/*
 * Starts the thread, which opens the store and keeps trying if it can't; until then nothing can be
 * committed. Waits a moment for it. NULL with the reason if the URI isn't valid.
 */
struct recorder *recorder_start(const char *uri, struct error *err_r);
/* Writes what is queued, ends the thread and closes the store; NULL is allowed. */
void recorder_stop(struct recorder *recorder);

/* True once all records are durable; false where they are not by the deadline, or the store says
 * no: then the caller must not drop. What was being written when the deadline passed is taken out
 * again. */
bool recorder_commit(struct recorder *recorder, const struct record *records, size_t count,
                     struct deadline deadline, struct error *err_r);

/* What is older (microseconds), or does not fit (see struct store_retention), is removed in small
 * steps; 0 keeps all. Until it is called, nothing is removed. */
void recorder_keep(struct recorder *recorder, int64_t keep_us, int64_t max_bytes);

/*
 * Calls told() now and whenever it changes, from the writer's thread: one line on whether the store
 * works, and may be believed.
 */
void recorder_tell(struct recorder *recorder, void (*told)(const char *status));

/* Queues a copy; false where the queue was full and the records were counted as lost. */
bool recorder_submit(struct recorder *recorder, const struct record *records, size_t count);

/*
 * The same in two steps: a copy that outlives what it was made of; it is queued, or freed, once.
 */
struct entry;
struct entry *recorder_copy(const struct record *records, size_t count);
bool recorder_submit_copy(struct recorder *recorder, struct entry *copy);
void recorder_free_copy(struct entry *copy);

#define RECORDER_STATE_SIZE 800

struct recorder_counters {
	uint64_t written;
	uint64_t lost;     /* ordinary records that found the queue full or could not be written */
	uint64_t commits;  /* transactions */
	int64_t commit_us; /* when the last one was made, monotonic clock; 0: there was none */
	size_t queued;     /* records that wait to be written */
	size_t waiting;    /* of these, those that a caller waits for */
	int64_t journal_bytes;           /* what waits on this host for a server */
	bool works;                      /* drops can be recorded, and the records be believed */
	char state[RECORDER_STATE_SIZE]; /* as recorder_tell() says it */
};
void recorder_count(struct recorder *recorder, struct recorder_counters *counters_r);

#endif
