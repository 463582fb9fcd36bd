/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server that may lose what it acknowledges: what this host teaches is kept in a journal of its
 * own beside the snapshots, PREFIX.held, before it is sent, and taught again where it is missing
 * once the server is another one, or was started anew. PREFIX.server names the one that has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/lessons_redis.h"

/* Of a scope; the oldest go first. */
#define HELD_BYTES (INT64_C(256) << 20)
/* Rows that are taught again at a time. */
#define BATCH 50

static bool open_held(struct redis_lessons *l, struct error *err_r)
{
	struct arena *arena = arena_new();

	if (l->held == NULL)
		l->held = lessons_sqlite.open(
			arena_printf(arena, "sqlite:%s.held", l->lessons.snapshot_prefix).data,
			false, err_r);
	arena_free(arena);
	return l->held != NULL;
}

static const char *server_file(const struct redis_lessons *l, struct arena *arena)
{
	return arena_printf(arena, "%s.server", l->lessons.snapshot_prefix).data;
}

/* Whether the server is the one that was told of the held rows. */
static bool is_same_server(const struct redis_lessons *l)
{
	struct arena *arena = arena_new();
	int fd = open(server_file(l, arena), O_RDONLY | O_CLOEXEC);
	char name[sizeof(l->store.facts.run_id)] = "";
	ssize_t len = fd >= 0 ? read(fd, name, sizeof(name) - 1) : 0;

	if (fd >= 0)
		close(fd);
	arena_free(arena);
	return len > 0 && strcmp(name, l->store.facts.run_id) == 0;
}

static bool note_server(const struct redis_lessons *l, struct error *err_r)
{
	struct arena *arena = arena_new();
	const char *path = server_file(l, arena), *id = l->store.facts.run_id;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, id, strlen(id)) == (ssize_t)strlen(id) && fsync(fd) == 0;

	if (!ok)
		error_set(err_r, "%s: cannot be written: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	arena_free(arena);
	return ok;
}

bool lessons_redis_holds(const struct redis_lessons *l)
{
	return l->store.facts.doubt[0] != '\0';
}

bool lessons_redis_hold(struct redis_lessons *l, const char *scope, const struct lesson_row *rows,
                        size_t count, struct error *err_r)
{
	enum lesson_outcome *outcomes;
	struct arena *arena;
	bool ok;

	if (!lessons_redis_holds(l))
		return true;
	arena = arena_new();
	outcomes = arena_calloc(arena, count, sizeof(*outcomes));
	ok = open_held(l, err_r);
	if (ok) {
		struct lesson_row *copies = arena_alloc(arena, count * sizeof(*copies));

		memcpy(copies, rows, count * sizeof(*copies));
		ok = lessons_sqlite.add(l->held, scope, copies, count, outcomes, err_r) &&
		     (is_same_server(l) || note_server(l, err_r));
	}
	arena_free(arena);
	return ok;
}

void lessons_redis_let_go(struct redis_lessons *l, const char *scope, const char *message)
{
	struct error error;
	bool found;

	if (lessons_redis_holds(l) && open_held(l, &error))
		lessons_sqlite.forget(l->held, scope, message, &found, &error);
}

/* Teaching again. */

struct again {
	struct redis_lessons *l;
	const char *scope;
	struct arena *arena; /* of the batch */
	struct lesson_row rows[BATCH];
	size_t count, missing;
	struct error *err_r;
	bool failed;
};

static void send_rows(struct again *again)
{
	enum lesson_outcome outcomes[BATCH];

	if (again->count > 0 && !lessons_redis_send(again->l, again->scope, again->rows,
	                                            again->count, outcomes, again->err_r))
		again->failed = true;
	for (size_t i = 0; i < again->count && !again->failed; i++)
		again->missing += outcomes[i] == LESSON_LEARNED;
	again->count = 0;
	arena_free(again->arena);
	again->arena = arena_new();
}

static bool teach_row(const struct lessons_found *found, void *context)
{
	struct again *again = context;
	struct lesson_row *row = &again->rows[again->count];

	if (found->damaged)
		return true;
	*row = found->row;
	row->features = arena_str(again->arena, found->row.features);
	if (++again->count == BATCH)
		send_rows(again);
	return !again->failed;
}

static bool teach_scope(const char *scope, const struct lessons_state *state, void *context)
{
	const struct lessons_position first = { 0, 1 };
	struct again *again = context;

	(void)state;
	again->scope = scope;
	if (!lessons_sqlite.read(again->l->held, scope, first, teach_row, again, again->err_r))
		again->failed = true;
	if (!again->failed)
		send_rows(again);
	return !again->failed;
}

static bool bound_size(const char *scope, const struct lessons_state *state, void *context)
{
	struct redis_lessons *l = context;
	const struct lessons_limits limits = { .max_bytes = HELD_BYTES };
	struct error ignored;
	size_t dropped;

	if (state->bytes <= HELD_BYTES)
		return true;
	lessons_sqlite.expire(l->held, scope, &limits, &dropped, &ignored);
	return true;
}

/* The key is of use only with its rows, and they with it. */
static bool hand_over_key(struct redis_lessons *l, struct error *err_r)
{
	unsigned char key[LEARN_KEY_BYTES], taken[LEARN_KEY_BYTES];
	bool exists;

	if (!lessons_sqlite.key(l->held, NULL, key, &exists, err_r))
		return false;
	if (!exists)
		return true;
	if (!lessons_redis.key(&l->lessons, key, taken, &exists, err_r))
		return false;
	return memcmp(key, taken, sizeof(key)) == 0 ||
	       error_set(err_r,
	                 "%s: has another key than the lessons in %s.held, which it has lost; "
	                 "remove that file to give them up",
	                 l->lessons.name, l->lessons.snapshot_prefix);
}

bool lessons_redis_keep_key(struct redis_lessons *l, const unsigned char key[LEARN_KEY_BYTES],
                            struct error *err_r)
{
	unsigned char taken[LEARN_KEY_BYTES];
	bool exists;

	return !lessons_redis_holds(l) ||
	       (open_held(l, err_r) && lessons_sqlite.key(l->held, key, taken, &exists, err_r));
}

bool lessons_redis_teach_again(struct redis_lessons *l, struct error *err_r)
{
	struct again again = { .l = l, .err_r = err_r };
	struct arena *arena = arena_new();
	const char *path = arena_printf(arena, "%s.held", l->lessons.snapshot_prefix).data;
	bool exists = access(path, F_OK) == 0;

	arena_free(arena);
	if (!exists || !lessons_redis_holds(l))
		return true;
	if (!open_held(l, err_r) || !lessons_sqlite.read_scopes(l->held, bound_size, l, err_r))
		return false;
	if (is_same_server(l))
		return true;
	again.arena = arena_new();
	again.failed = !hand_over_key(l, err_r) ||
	               !lessons_sqlite.read_scopes(l->held, teach_scope, &again, err_r);
	arena_free(again.arena);
	if (again.missing > 0)
		log_warning(NULL,
		            "lessons: %s had lost %zu lessons of this host; they were taught again",
		            l->lessons.name, again.missing);
	return !again.failed && note_server(l, err_r);
}
