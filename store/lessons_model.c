/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lessons_model.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/lessons_scope.h"

/* A snapshot is written after so many rows, which are read again in a few milliseconds. */
#define SNAPSHOT_ROWS 200
/* How often rows are taken out while they are read, until that is given up. */
#define TRIES 5
/* Of rows that can't be used and are set aside at a time. */
#define DAMAGED_MAX 64

struct replay {
	struct arena *arena; /* for one row */
	struct lessons_model *model;
	unsigned bits;
	bool at_last; /* the next row should be the newest that was learned */
	bool broken;  /* it is another one */
	size_t damaged_count;
	struct lessons_position damaged[DAMAGED_MAX];
	unsigned newer_version; /* of a row; 0: of none */
};

static bool is_last(const struct lessons_model *model, const struct lessons_found *found)
{
	return found->at.major == model->last.major && found->at.minor == model->last.minor &&
	       found->row.time_us == model->last_time_us &&
	       strcmp(found->row.message, model->last_message) == 0;
}

static void learn(struct lessons_model *model, unsigned bits, const struct features *features,
                  const struct lessons_found *found)
{
	if (model->model == NULL)
		model->model = model_new(bits);
	model_learn(model->model, features, found->row.label, lesson_row_weight(&found->row));
	model->learned++;
	model->last = found->at;
	model->last_time_us = found->row.time_us;
	memcpy(model->last_message, found->row.message, LESSON_MESSAGE_SIZE);
}

static bool visit(const struct lessons_found *found, void *context)
{
	struct replay *replay = context;
	struct features features;

	if (replay->at_last) {
		replay->at_last = false;
		replay->broken = !is_last(replay->model, found);
		return !replay->broken;
	}
	if (!found->damaged && found->row.version > LESSON_ROW_VERSION) {
		replay->newer_version = found->row.version;
		return true;
	}
	arena_free(replay->arena);
	replay->arena = arena_new();
	if (!found->damaged && lesson_decode(replay->arena, found->row.features, &features)) {
		learn(replay->model, replay->bits, &features, found);
	} else if (replay->damaged_count < DAMAGED_MAX) {
		replay->damaged[replay->damaged_count++] = found->at;
	}
	return true;
}

static void start_anew(struct lessons_model *model)
{
	model_free(model->model);
	*model = (struct lessons_model){ 0 };
}

/* One pass over the rows that are missing. */
static bool replay_rows(struct lessons *lessons, const char *scope, struct replay *replay,
                        struct error *err_r)
{
	replay->arena = arena_new();
	replay->damaged_count = 0;
	replay->broken = false;
	replay->at_last = replay->model->learned > 0;
	if (!lessons_read(lessons, scope, replay->model->last, visit, replay, err_r)) {
		arena_free(replay->arena);
		return false;
	}
	/* It isn't there any more. */
	replay->broken = replay->broken || replay->at_last;
	arena_free(replay->arena);
	return true;
}

/* Once a row, by the one who takes it out; a reader says it of its own. */
static void set_aside(struct lessons *lessons, const char *scope, const struct replay *replay)
{
	struct error error;

	for (size_t i = 0; i < replay->damaged_count; i++) {
		if (lessons_set_aside(lessons, scope, replay->damaged[i], &error))
			log_error(NULL,
			          "lessons: %s: %s: a damaged lesson was set aside; the others are "
			          "used",
			          lessons_name(lessons), lessons_scope_shown(scope));
		else
			log_error(NULL, "lessons: %s: a damaged lesson is left out: %s",
			          lessons_scope_shown(scope), error.text);
	}
	if (replay->newer_version > 0)
		log_warning(NULL,
		            "lessons: %s: %s: lessons of a newer version (%u) are left out; "
		            "upgrade",
		            lessons_name(lessons), lessons_scope_shown(scope),
		            replay->newer_version);
}

/* False as well where rows were taken out meanwhile: *again_r. */
static bool update_once(struct lessons *lessons, const char *scope, struct replay *replay,
                        bool *again_r, struct error *err_r)
{
	struct lessons_model *model = replay->model;
	struct lessons_state before, after;

	*again_r = false;
	if (!lessons_read_state(lessons, scope, &before, err_r))
		return false;
	if (model->generation != before.generation)
		start_anew(model);
	model->generation = before.generation;
	if (!replay_rows(lessons, scope, replay, err_r) ||
	    !lessons_read_state(lessons, scope, &after, err_r))
		return false;
	*again_r = replay->broken || after.generation != before.generation;
	if (*again_r)
		start_anew(model);
	return !*again_r;
}

bool lessons_model_update(struct lessons *lessons, const char *scope, unsigned bits,
                          struct lessons_model *model, struct error *err_r)
{
	struct replay replay = { .model = model, .bits = bits };
	bool again = true;

	if (model->learned == 0 && model->model == NULL)
		lessons_snapshot_read(lessons, scope, bits, model);
	for (int i = 0; again && i < TRIES; i++) {
		if (update_once(lessons, scope, &replay, &again, err_r)) {
			/* What is taken out changes nothing here, for it was not learned. */
			set_aside(lessons, scope, &replay);
			return true;
		}
	}
	return again && error_set(err_r, "%s: lessons are taken out faster than they are read",
	                          lessons_name(lessons));
}

bool lessons_model_next(struct lessons *lessons, const char *scope, unsigned bits,
                        const struct lessons_model *model, struct lessons_model *next_r,
                        struct error *err_r)
{
	struct lessons_state state;

	*next_r = *model;
	if (!lessons_read_state(lessons, scope, &state, err_r))
		return false;
	if (state.generation == model->generation &&
	    state.count[LEARN_HAM] + state.count[LEARN_SPAM] == model->learned)
		return true;
	if (model->model != NULL)
		next_r->model = model_copy(model->model);
	if (lessons_model_update(lessons, scope, bits, next_r, err_r))
		return true;
	model_free(next_r->model);
	*next_r = *model;
	return false;
}

void lessons_model_keep(const struct lessons *lessons, const char *scope,
                        struct lessons_model *model)
{
	if (model->model == NULL || model->learned < model->in_snapshot + SNAPSHOT_ROWS)
		return;
	if (lessons_snapshot_write(lessons, scope, model))
		model->in_snapshot = model->learned;
}
