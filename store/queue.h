/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recorder's queues. An entry is a flat copy of a caller's records, with their strings after
 * them; free() frees it. A queue owns nothing but its order. The caller holds the lock.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include <stddef.h>

#include "store/record.h"

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
	struct record records[]; /* after them their strings */
};

struct queue {
	struct entry *first;
	struct entry **last;
	size_t records;
};

struct entry *queue_entry_new(const struct record *records, size_t count);

void queue_init(struct queue *queue);
void queue_push(struct queue *queue, struct entry *entry);
/* The first entry; there must be one. */
struct entry *queue_pop(struct queue *queue);
/* An entry that is in the queue. */
void queue_remove(struct queue *queue, struct entry *entry);
/* Moves all of `from` to the front of `to`. */
void queue_put_back(struct queue *to, struct queue *from);

#endif
