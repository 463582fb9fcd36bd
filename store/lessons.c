/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lessons.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "store/lessons_private.h"

static const struct lessons_backend *const backends[] = {
	&lessons_sqlite,
	&lessons_redis,
};

static const struct lessons_backend *find_backend(const char *uri, struct error *err_r)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (backends[i]->knows(uri))
			return backends[i];
	error_set(err_r, "lessons: there is no such place; write sqlite:PATH or redis://HOST");
	return NULL;
}

bool lessons_check_uri(const char *uri, struct error *err_r)
{
	const struct lessons_backend *backend = find_backend(uri, err_r);

	return backend != NULL && backend->check(uri, err_r);
}

static struct lessons *open_as(const char *uri, bool reader, struct error *err_r)
{
	const struct lessons_backend *backend = find_backend(uri, err_r);

	if (backend == NULL || !backend->check(uri, err_r))
		return NULL;
	return backend->open(uri, reader, err_r);
}

struct lessons *lessons_open(const char *uri, struct error *err_r)
{
	return open_as(uri, false, err_r);
}

struct lessons *lessons_open_reader(const char *uri, struct error *err_r)
{
	return open_as(uri, true, err_r);
}

void lessons_close(struct lessons *lessons)
{
	if (lessons != NULL)
		lessons->backend->close(lessons);
}

static bool make_key(unsigned char key[LEARN_KEY_BYTES], struct error *err_r)
{
	ssize_t got;

	do {
		got = getrandom(key, LEARN_KEY_BYTES, 0);
	} while (got < 0 && errno == EINTR);
	return got == LEARN_KEY_BYTES ||
	       error_set(err_r, "lessons: the system gives no random numbers: %s", strerror(errno));
}

bool lessons_key(struct lessons *lessons, unsigned char key_r[LEARN_KEY_BYTES], bool *exists_r,
                 struct error *err_r)
{
	unsigned char proposed[LEARN_KEY_BYTES];

	if (!lessons->backend->key(lessons, NULL, key_r, exists_r, err_r))
		return false;
	if (*exists_r || lessons->reader)
		return true;
	return make_key(proposed, err_r) &&
	       lessons->backend->key(lessons, proposed, key_r, exists_r, err_r);
}

bool lessons_take_key(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
                      struct error *err_r)
{
	unsigned char taken[LEARN_KEY_BYTES];
	bool exists;

	if (!lessons->backend->take_key(lessons, key, err_r) ||
	    !lessons->backend->key(lessons, NULL, taken, &exists, err_r))
		return false;
	return (exists && memcmp(taken, key, LEARN_KEY_BYTES) == 0) ||
	       error_set(err_r,
	                 "%s: has lessons under another key, with which these can't be mixed; "
	                 "import them where nothing was learned yet",
	                 lessons->name);
}

bool lessons_add(struct lessons *lessons, const char *scope, struct lesson_row *rows, size_t count,
                 enum lesson_outcome *outcomes_r, struct error *err_r)
{
	if (strlen(scope) >= LESSONS_SCOPE_SIZE)
		return error_set(err_r, "lessons: the name of the recipient is too long");
	return lessons->backend->add(lessons, scope, rows, count, outcomes_r, err_r);
}

bool lessons_forget(struct lessons *lessons, const char *scope, const char *message, bool *found_r,
                    struct error *err_r)
{
	return lessons->backend->forget(lessons, scope, message, found_r, err_r);
}

bool lessons_set_aside(struct lessons *lessons, const char *scope, struct lessons_position at,
                       struct error *err_r)
{
	return lessons->backend->set_aside(lessons, scope, at, err_r);
}

static bool note_time(const struct lessons_found *found, void *context)
{
	*(int64_t *)context = found->row.time_us;
	return false;
}

bool lessons_expire(struct lessons *lessons, const char *scope, const struct lessons_limits *limits,
                    size_t *dropped_r, struct error *err_r)
{
	const struct lessons_position first = { 0, 1 };
	int64_t oldest_us = INT64_MAX;
	struct lessons_state state;

	/* Most of the time there is nothing to be written. */
	*dropped_r = 0;
	if (!lessons->backend->read_state(lessons, scope, &state, err_r) ||
	    !lessons->backend->read(lessons, scope, first, note_time, &oldest_us, err_r))
		return false;
	if (oldest_us >= limits->since_us &&
	    (limits->max_bytes == 0 || state.bytes <= limits->max_bytes))
		return true;
	return lessons->backend->expire(lessons, scope, limits, dropped_r, err_r);
}

bool lessons_read_state(struct lessons *lessons, const char *scope, struct lessons_state *state_r,
                        struct error *err_r)
{
	return lessons->backend->read_state(lessons, scope, state_r, err_r);
}

bool lessons_read_scopes(struct lessons *lessons, lessons_visit_scope *visit, void *context,
                         struct error *err_r)
{
	return lessons->backend->read_scopes(lessons, visit, context, err_r);
}

bool lessons_read_counts(struct lessons *lessons, const char *scope,
                         struct lessons_counts *counts_r, struct error *err_r)
{
	return lessons->backend->read_counts(lessons, scope, counts_r, err_r);
}

bool lessons_read(struct lessons *lessons, const char *scope, struct lessons_position from,
                  lessons_visit *visit, void *context, struct error *err_r)
{
	return lessons->backend->read(lessons, scope, from, visit, context, err_r);
}

bool lessons_read_newest(struct lessons *lessons, const char *scope, size_t count,
                         lessons_visit *visit, void *context, struct error *err_r)
{
	return lessons->backend->read_newest(lessons, scope, count, visit, context, err_r);
}

bool lessons_wait(struct lessons *lessons, int timeout_ms)
{
	return lessons->backend->wait(lessons, timeout_ms);
}

const char *lessons_snapshot_prefix(const struct lessons *lessons)
{
	return lessons->snapshot_prefix;
}

const char *lessons_name(const struct lessons *lessons)
{
	return lessons->name;
}

const char *lessons_doubt(struct lessons *lessons)
{
	return lessons->backend->doubt != NULL ? lessons->backend->doubt(lessons) : "";
}

#define DAY_US (86400 * INT64_C(1000000))

int64_t lessons_oldest_kept(int64_t now_us, int64_t keep_ms)
{
	return (now_us - keep_ms * 1000) / DAY_US * DAY_US;
}

int64_t lessons_low_water(int64_t max_bytes)
{
	return max_bytes - max_bytes / 10;
}
