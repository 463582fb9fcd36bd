/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What receivers said of forwards in the last days, and how far thresholds went: a file that
 * `assay health --follow` writes for the page. One thread.
 */
#ifndef HEALTH_HISTORY_H
#define HEALTH_HISTORY_H

#include "base/error.h"
#include "health/health.h"

#define HISTORY_DAYS      7
#define HISTORY_STEPS_MAX 100
/* Rows of all days together; a destination beyond them isn't counted. */
#define HISTORY_ROWS_MAX 7000

struct history_row {
	int64_t day; /* since 1970, in UTC */
	struct health_destination of;
};

struct history_step {
	int64_t time_s; /* since 1970 */
	struct str domain;
	unsigned before, after;      /* half points below what is configured */
	uint64_t forwards, disliked; /* why */
};

struct history {
	vec_of(struct history_row) rows;
	vec_of(struct history_step) steps; /* the oldest first */
};

struct history_destinations {
	vec_members(struct health_destination);
};

/* Adds what a destination has more than at the last time; its domain has to outlive the history.
 * Lowest and highest are those of `now`. */
void history_add(struct arena *arena, struct history *history, const struct health_destination *now,
                 const struct health_destination *before, int64_t now_s);
void history_add_step(struct arena *arena, struct history *history,
                      const struct history_step *step);
/* Leaves out what is too old. */
void history_forget(struct history *history, int64_t now_s);
/* The days together, the destination with most forwards first. */
struct history_destinations history_sum(struct arena *arena, const struct history *history);

/* The path of the file that belongs to this health_file. */
const char *history_path(struct arena *arena, struct str health_file);
/* False where it isn't one as a whole. Slices of the text. */
bool history_parse(struct arena *arena, struct str text, struct history *history_r,
                   struct error *err_r);
bool history_write(const char *path, const struct history *history, struct error *err_r);
/* None: an empty one. */
bool history_read(struct arena *arena, const char *path, struct history *history_r,
                  struct error *err_r);

#endif
