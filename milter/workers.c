/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/workers.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/trouble.h"

#define RETRY_MS 50
/* If none had to wait for this long, the shortage is over. */
#define CALM_MS 1000

typedef int create_thread(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *argument), void *argument);

/* Sanitizers have a pthread_create() of their own, which must be the one that is called. */
extern create_thread __interceptor_pthread_create __attribute__((weak));

struct late {
	struct late *next;
	void *(*run)(void *argument);
	void *argument;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct late *first, **last = &first;
static bool said; /* that some wait */
static pthread_cond_t spare_wake = PTHREAD_COND_INITIALIZER;
static struct late *for_spare;
static bool has_spare;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static create_thread *system_create;
static const void *libmilter; /* where it is loaded */
static atomic_bool started;
typedef void *thread_function(void *argument);
static _Atomic(thread_function *) last_idle, worker;

static const void *library_of(void *function)
{
	Dl_info info;

	return function != NULL && dladdr(function, &info) != 0 ? info.dli_fbase : NULL;
}

static void find_functions(void)
{
	void *found = dlsym(RTLD_NEXT, "pthread_create");

	memcpy(&system_create, &found, sizeof(found));
	if (__interceptor_pthread_create != NULL)
		system_create = __interceptor_pthread_create;
	libmilter = library_of(dlsym(RTLD_DEFAULT, "smfi_main"));
}

static bool is_libmilters(void *(*run)(void *))
{
	void *function;

	memcpy(&function, &run, sizeof(function));
	return libmilter != NULL && library_of(function) == libmilter;
}

/* False if there is no memory for that either. */
static struct trouble shortage = { .name = "threads", .over = "threads can be started again" };

static bool take_on(void *(*run)(void *), void *argument, int reason)
{
	struct late *late = malloc(sizeof(*late));
	bool say;

	if (late == NULL)
		return false;
	*late = (struct late){ .run = run, .argument = argument };
	pthread_mutex_lock(&lock);
	*last = late;
	last = &late->next;
	say = !said;
	said = true;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	if (say)
		trouble_begin(&shortage, NULL,
		              "connections wait for a thread: %s; raise the limit of tasks "
		              "(TasksMax= of systemd, ulimit -u) or of memory",
		              strerror(reason));
	return true;
}

/*
 * At its start libmilter makes idle threads of its pool: the same function again, with nothing to
 * do. A libmilter without a pool has no such threads.
 */
static void note_worker(thread_function *run, const void *argument)
{
	if (argument == NULL && atomic_exchange(&last_idle, run) == run)
		atomic_store(&worker, run);
}

void workers_add(void)
{
	thread_function *run = atomic_load(&worker);
	pthread_t thread;

	if (run != NULL)
		system_create(&thread, NULL, run, NULL);
}

int workers_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict argument)
{
	int failure;

	pthread_once(&once, find_functions);
	failure = system_create(thread, attributes, run, argument);
	if (!atomic_load(&started) || !is_libmilters(run))
		return failure;
	note_worker(run, argument);
	if (failure != EAGAIN || !take_on(run, argument, failure))
		return failure;
	*thread = pthread_self(); /* libmilter doesn't look at it */
	return 0;
}

/*
 * The spare thread. libmilter keeps two threads whatever there is to do, so where the limit lets no
 * third one be started, nothing would ever change. This one becomes libmilter's, and ends as its
 * threads do once it has more than it needs: then there is room for another.
 */
static void *wait_as_spare(void *unused)
{
	struct late late;

	pthread_mutex_lock(&lock);
	while (for_spare == NULL)
		pthread_cond_wait(&spare_wake, &lock);
	late = *for_spare;
	free(for_spare);
	for_spare = NULL;
	has_spare = false;
	pthread_mutex_unlock(&lock);
	late.run(late.argument);
	return unused;
}

/* The lock is held. */
static bool make_spare(void)
{
	pthread_t thread;

	if (!has_spare)
		has_spare = system_create(&thread, NULL, wait_as_spare, NULL) == 0;
	return has_spare;
}

/* The lock is held. */
static struct late *take_first(void)
{
	struct late *late = first;

	first = late->next;
	if (first == NULL)
		last = &first;
	return late;
}

/* The lock is held. */
static bool start_first(void)
{
	pthread_t thread;

	if (system_create(&thread, NULL, first->run, first->argument) == 0) {
		free(take_first());
		return true;
	}
	if (!has_spare || for_spare != NULL)
		return false;
	for_spare = take_first();
	pthread_cond_signal(&spare_wake);
	return true;
}

/* The lock is held. Until there is one; where there was none for a while, the log says so. */
static void wait_for_one(void)
{
	struct deadline calm = deadline_in_ms(CALM_MS);

	while (first == NULL && has_spare) {
		if (!said)
			pthread_cond_wait(&wake, &lock);
		else if (!condition_wait(&wake, &lock, calm)) {
			said = false;
			trouble_end(&shortage);
		}
	}
}

static void *start_late_ones(void *unused)
{
	const struct timespec pause = { 0, RETRY_MS * 1000000L };

	for (;;) {
		pthread_mutex_lock(&lock);
		wait_for_one();
		while (first != NULL && start_first())
			;
		make_spare();
		pthread_mutex_unlock(&lock);
		nanosleep(&pause, NULL);
	}
	return unused;
}

bool workers_start(struct error *err_r)
{
	pthread_t thread;
	int failure;

	pthread_once(&once, find_functions);
	pthread_mutex_lock(&lock);
	failure = make_spare() ? system_create(&thread, NULL, start_late_ones, NULL) : EAGAIN;
	pthread_mutex_unlock(&lock);
	if (failure != 0)
		return error_set(err_r, "can't start a thread: %s", strerror(failure));
	pthread_detach(thread);
	atomic_store(&started, true);
	return true;
}
