/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/readers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

/* More than that at once are opened, and closed again. */
#define KEPT_MAX 8
/* After that, one is opened anew: the file may be another one by then. */
#define KEPT_US (INT64_C(60) * 1000000)

struct readers {
	const char *uri;
	pthread_mutex_t mutex;
	struct reader kept[KEPT_MAX];
	size_t count;
};

struct readers *readers_new(const char *uri)
{
	struct readers *readers = memory_calloc(1, sizeof(*readers));

	readers->uri = uri;
	pthread_mutex_init(&readers->mutex, NULL);
	return readers;
}

void readers_free(struct readers *readers)
{
	if (readers == NULL)
		return;
	for (size_t i = 0; i < readers->count; i++)
		store_close(readers->kept[i].store);
	pthread_mutex_destroy(&readers->mutex);
	free(readers);
}

bool readers_borrow(struct readers *readers, struct reader *reader_r, struct error *err_r)
{
	*reader_r = (struct reader){ 0 };
	pthread_mutex_lock(&readers->mutex);
	if (readers->count > 0)
		*reader_r = readers->kept[--readers->count];
	pthread_mutex_unlock(&readers->mutex);
	if (reader_r->store != NULL && clock_monotonic_us() - reader_r->opened_us < KEPT_US)
		return true;
	store_close(reader_r->store);
	reader_r->opened_us = clock_monotonic_us();
	reader_r->store = store_open_reader(readers->uri, err_r);
	return reader_r->store != NULL;
}

void readers_give_back(struct readers *readers, const struct reader *reader, bool works)
{
	bool kept = false;

	pthread_mutex_lock(&readers->mutex);
	if (works && readers->count < KEPT_MAX) {
		readers->kept[readers->count++] = *reader;
		kept = true;
	}
	pthread_mutex_unlock(&readers->mutex);
	if (!kept)
		store_close(reader->store);
}
