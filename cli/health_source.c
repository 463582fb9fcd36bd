/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/health_source.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define TICK_MS 2000

static void take_lines(struct health_source *source)
{
	char *from = source->bytes, *end;
	size_t left = source->len;

	while ((end = memchr(from, '\n', left)) != NULL) {
		size_t len = (size_t)(end - from);

		if (!source->too_long)
			source->line((struct str){ from, len }, source->context);
		source->too_long = false;
		from += len + 1;
		left -= len + 1;
	}
	if (left == sizeof(source->bytes)) {
		source->too_long = true;
		left = 0;
	}
	memmove(source->bytes, from, left);
	source->len = left;
}

static ssize_t read_once(struct health_source *source)
{
	ssize_t got =
		read(source->fd, source->bytes + source->len, sizeof(source->bytes) - source->len);

	if (got > 0) {
		source->len += (size_t)got;
		take_lines(source);
	}
	return got;
}

static void read_file(struct health_source *source)
{
	while (!*source->stopped && read_once(source) > 0)
		;
}

/* For a whole tick: the records of what is in the log are asked for once in that time. */
static void read_pipe(struct health_source *source)
{
	int64_t until_us = clock_monotonic_us() + TICK_MS * 1000, left_us;
	struct pollfd ready = { .fd = source->fd, .events = POLLIN };

	while (!source->ended && !*source->stopped &&
	       (left_us = until_us - clock_monotonic_us()) > 0)
		if (poll(&ready, 1, (int)(left_us / 1000) + 1) > 0)
			source->ended = read_once(source) == 0;
}

/* Another file has the name, or what was in it is gone. */
static bool was_replaced(const struct health_source *source)
{
	struct stat named, open_one;

	if (stat(source->path, &named) != 0 || fstat(source->fd, &open_one) != 0)
		return false;
	return named.st_ino != source->ino || named.st_size < lseek(source->fd, 0, SEEK_CUR);
}

static void open_file(struct health_source *source)
{
	struct stat st;

	source->fd = open(source->path, O_RDONLY | O_CLOEXEC);
	source->len = 0;
	source->too_long = false;
	if (source->fd >= 0 && fstat(source->fd, &st) == 0)
		source->ino = st.st_ino;
}

void health_source_log(struct health_source *source, const char *log)
{
	bool is_stdin = strcmp(log, "-") == 0;

	source->path = is_stdin ? NULL : log;
	source->fd = is_stdin ? STDIN_FILENO : -1;
}

bool health_source_journal(struct health_source *source, int64_t since_s, bool follow,
                           struct error *err_r)
{
	/* The patterns are for further instances. They stand for what is there now, and with
	 * nothing else, to find none would be an error. */
	static const char *const words[] = { "journalctl",
		                             "--quiet",
		                             "--no-pager",
		                             "--output=short-iso",
		                             "--unit=postfix.service",
		                             "--unit=postfix@-.service",
		                             "--unit=sendmail.service",
		                             "--unit=postfix*",
		                             "--unit=sendmail*" };
	struct arena *arena = arena_new();
	struct str_list arguments = { 0 };
	bool ok;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		vec_push(arena, &arguments, str_from(words[i]));
	if (since_s > 0)
		vec_push(arena, &arguments,
		         arena_printf(arena, "--since=@%lld", (long long)since_s));
	if (follow) {
		vec_push(arena, &arguments, STR("--follow"));
		vec_push(arena, &arguments, STR("--no-tail"));
	}
	source->path = NULL;
	ok = program_start(&arguments, &source->journal, err_r);
	source->fd = source->journal.output;
	arena_free(arena);
	return ok;
}

void health_source_wait(struct health_source *source)
{
	if (source->path == NULL) {
		read_pipe(source);
		return;
	}
	if (source->fd < 0)
		open_file(source);
	if (source->fd >= 0) {
		read_file(source);
		if (was_replaced(source)) {
			read_file(source);
			close(source->fd);
			open_file(source);
		}
	}
	poll(NULL, 0, TICK_MS);
}

bool health_source_close(struct health_source *source, struct error *err_r)
{
	if (source->journal.pid > 0) {
		if (!source->ended)
			kill(source->journal.pid, SIGTERM);
		return program_finish(&source->journal, err_r) || !source->ended;
	}
	if (source->path != NULL && source->fd >= 0)
		close(source->fd);
	return true;
}
