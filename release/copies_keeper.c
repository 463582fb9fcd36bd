/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/copies_keeper.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/condition.h"
#include "base/memory.h"
#include "base/trouble.h"
#include "release/copies.h"

/* How often it is looked for copies that are too old. */
#define SWEEP_MS 60000
/* A folder that is full is made this much smaller, so that not each copy means a look at all. */
#define LOW_WATER(bytes) ((bytes) / 100 * 95)

static struct trouble writing = {
	.name = "copies",
	.over = "copies of dropped mail can be kept again",
	.severe = true,
};
static struct trouble sweeping = {
	.name = "copies-sweep",
	.over = "old copies of dropped mail can be removed again",
};

struct copies_keeper {
	char *folder;
	int64_t age_s;
	int64_t max_bytes;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	int64_t used; /* bytes on the disk, with what was written since it was looked last */
	bool full;    /* there is something to do now */
	bool stopping;
};

static void sweep(struct copies_keeper *keeper, bool full)
{
	int64_t most = full ? LOW_WATER(keeper->max_bytes) : keeper->max_bytes, used;
	struct error err;
	bool ok = copies_make_folder(keeper->folder, &err) &&
	          copies_sweep(keeper->folder, time(NULL) - keeper->age_s, most, &used, &err);

	if (!ok) {
		trouble_begin(&sweeping, NULL, "copies of dropped mail: %s", err.text);
		return;
	}
	trouble_end(&sweeping);
	pthread_mutex_lock(&keeper->lock);
	keeper->used = used;
	pthread_mutex_unlock(&keeper->lock);
}

static void *run(void *context)
{
	struct copies_keeper *keeper = context;
	bool full = false;

	for (;;) {
		struct deadline next = deadline_in_ms(SWEEP_MS);

		sweep(keeper, full);
		pthread_mutex_lock(&keeper->lock);
		while (!keeper->stopping && !keeper->full &&
		       condition_wait(&keeper->work, &keeper->lock, next))
			continue;
		full = keeper->full;
		keeper->full = false;
		if (keeper->stopping)
			break;
		pthread_mutex_unlock(&keeper->lock);
	}
	pthread_mutex_unlock(&keeper->lock);
	return NULL;
}

static void keeper_free(struct copies_keeper *keeper)
{
	pthread_cond_destroy(&keeper->work);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper->folder);
	free(keeper);
}

/* Signals are the main thread's. */
static int start_thread(struct copies_keeper *keeper)
{
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(&keeper->thread, NULL, run, keeper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure;
}

bool copies_keeper_start(const struct settings *settings, struct copies_keeper **keeper_r,
                         struct error *err_r)
{
	struct copies_keeper *keeper;
	struct str folder = settings->discarded_copies_directory;
	int failure;

	*keeper_r = NULL;
	if (settings->discarded_copies.age_ms == 0)
		return true;
	keeper = memory_calloc(1, sizeof(*keeper));
	keeper->folder = memory_calloc(1, folder.len + 1);
	memcpy(keeper->folder, folder.data, folder.len);
	keeper->age_s = settings->discarded_copies.age_ms / 1000;
	keeper->max_bytes = settings->discarded_copies.bytes;
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_cond_init(&keeper->work, NULL);
	failure = start_thread(keeper);
	if (failure != 0) {
		keeper_free(keeper);
		return error_set(err_r, "can't start the thread of copies: %s", strerror(failure));
	}
	*keeper_r = keeper;
	return true;
}

void copies_keeper_stop(struct copies_keeper *keeper)
{
	if (keeper == NULL)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->stopping = true;
	pthread_cond_signal(&keeper->work);
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	keeper_free(keeper);
}

static void count(struct copies_keeper *keeper, int64_t size)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->used += size;
	if (keeper->used > keeper->max_bytes && !keeper->full) {
		keeper->full = true;
		pthread_cond_signal(&keeper->work);
	}
	pthread_mutex_unlock(&keeper->lock);
}

bool copies_keeper_write(struct copies_keeper *keeper, const struct copy *copy)
{
	struct error err;
	int64_t size;

	if (!copies_make_folder(keeper->folder, &err) ||
	    !copies_write(keeper->folder, copy, &size, &err)) {
		trouble_begin(&writing, NULL,
		              "copies of dropped mail can't be kept, so that it can't be released: "
		              "%s",
		              err.text);
		return false;
	}
	trouble_end(&writing);
	count(keeper, size);
	return true;
}

void copies_keeper_remove(struct copies_keeper *keeper, const struct copy *copy)
{
	copies_remove(keeper->folder, copy);
}
