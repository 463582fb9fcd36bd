/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as what a Redis server answers, one reply after the other, whatever it was asked:
 * replies of wrong types, and rows that nobody wrote. A store is opened for reports, and one for
 * writing, whose journal has to keep what the server didn't take.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/assay-fuzz-XXXXXX";
static int listening = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const uint8_t *answer;
static size_t answer_size;

static void give_answer(const uint8_t *data, size_t size)
{
	pthread_mutex_lock(&lock);
	answer = data;
	answer_size = size;
	pthread_mutex_unlock(&lock);
}

/* Of what may be gone before the client has read it. */
static char *copy_answer(size_t *size_r)
{
	char *copy;

	pthread_mutex_lock(&lock);
	copy = malloc(answer_size + 1);
	assert(copy != NULL);
	if (answer_size > 0)
		memcpy(copy, answer, answer_size);
	*size_r = answer_size;
	pthread_mutex_unlock(&lock);
	return copy;
}

/* Says all of it at once, and that there is no more; then waits until the client has enough. */
static void *serve(void *unused)
{
	for (;;) {
		int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		size_t at = 0, size;
		char asked[4096], *said;

		if (fd < 0)
			continue;
		said = copy_answer(&size);
		while (at < size) {
			ssize_t sent = send(fd, said + at, size - at, MSG_NOSIGNAL);

			if (sent < 0 && errno == EINTR)
				continue;
			if (sent <= 0)
				break;
			at += (size_t)sent;
		}
		shutdown(fd, SHUT_WR);
		while (read(fd, asked, sizeof(asked)) > 0 || errno == EINTR)
			errno = 0;
		close(fd);
		free(said);
	}
	return unused;
}

/* So that an input meets nothing of those before it. */
static void remove_journals(void)
{
	static const char *const names[] = { "journal", "journal.held", "journal.damaged",
		                             "journal.held.damaged", NULL };
	char path[sizeof(directory) + 40];

	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
}

static void remove_all(void)
{
	char path[sizeof(directory) + 40];

	remove_journals();
	snprintf(path, sizeof(path), "%s/socket", directory);
	unlink(path);
	rmdir(directory);
}

static void start_server(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	log_open("fuzz_redis", LOG_TO_SYSLOG);
	assert(mkdtemp(directory) != NULL);
	atexit(remove_all);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(listening >= 0);
	assert(bind(listening, (struct sockaddr *)&address, sizeof(address)) == 0);
	assert(listen(listening, 16) == 0);
	assert(pthread_create(&thread, NULL, serve, NULL) == 0);
}

static bool see_record(const struct record *record, int64_t id, void *context)
{
	/* A record that is read back has no string that is missing. */
	assert(record->sender != NULL && record->recipient != NULL && record->rules != NULL);
	(void)id;
	return ++*(size_t *)context < 100;
}

static bool see_group(const struct store_group *group, void *context)
{
	assert(group->sender != NULL && group->recipient != NULL);
	return ++*(size_t *)context < 100;
}

static bool see_count(const struct store_count *count, void *context)
{
	assert(count->domain != NULL);
	return ++*(size_t *)context < 100;
}

static void read_store(const char *uri)
{
	struct store_query query = { .account = "example.com" };
	struct error error = { "" };
	struct store *store = store_open_reader(uri, &error);
	size_t seen = 0;
	int64_t id;

	if (store == NULL) {
		assert(error.text[0] != '\0');
		return;
	}
	store_read(store, &query, see_record, &seen, &error);
	store_read_groups(store, &query, see_group, &seen, &error);
	store_read_counts(store, 0, NULL, see_count, &seen, &error);
	store_newest_id(store, &id, &error);
	store_doubt(store);
	store_close(store);
}

static void write_store(const char *uri)
{
	static const struct record record = { .time_us = 1700000000000000,
		                              .kind = RECORD_DISCARDED,
		                              .queue_id = "4XyZ",
		                              .sender = "a@b.example",
		                              .recipient = "joe@example.com" };
	struct store_retention retention = { .now_us = 1800000000000000,
		                             .max_age_us = 1000000,
		                             .max_bytes = 1000 };
	struct store_expiry expiry;
	struct error error = { "" };
	struct store *store = store_open(uri, &error);

	if (store == NULL) {
		assert(error.text[0] != '\0');
		return;
	}
	/* Whatever the server says, a record is somewhere. */
	assert(store_write(store, &record, 1, &error));
	store_expire(store, &retention, 100, &expiry, &error);
	store_retract(store, &record, 1, &error);
	store_close(store);
	remove_journals();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	const char *uri;

	if (listening < 0)
		start_server();
	if (size == 0)
		return 0;
	arena = arena_new();
	give_answer(data + 1, size - 1);
	uri = arena_printf(arena, "redis+unix://%s/socket?journal=%s/journal&settle=0s&hold=1s",
	                   directory, directory)
	              .data;
	if (data[0] % 2 == 0)
		read_store(uri);
	else
		write_store(uri);
	give_answer(NULL, 0);
	arena_free(arena);
	return 0;
}
