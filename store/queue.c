/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/queue.h"

#include <string.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "store/record_codec.h"

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

struct entry *queue_entry_new(const struct record *records, size_t count)
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

void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .last = &queue->first };
}

void queue_push(struct queue *queue, struct entry *entry)
{
	entry->next = NULL;
	*queue->last = entry;
	queue->last = &entry->next;
	queue->records += entry->count;
}

struct entry *queue_pop(struct queue *queue)
{
	struct entry *entry = queue->first;

	queue->first = entry->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	queue->records -= entry->count;
	return entry;
}

void queue_remove(struct queue *queue, struct entry *entry)
{
	struct entry **at = &queue->first;

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	if (queue->last == &entry->next)
		queue->last = at;
	queue->records -= entry->count;
}

void queue_put_back(struct queue *to, struct queue *from)
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
