/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Destinations whose drop threshold is lowered for what they say of forwards: a small file that
 * `assay health --follow` writes and the filter reads. It has half points below the configured
 * threshold, never a threshold, so whatever is in it, none is raised, and none goes below the
 * floor. Pure but for adapted_read() and adapted_write().
 */
#ifndef SCORING_ADAPTED_H
#define SCORING_ADAPTED_H

#include "base/error.h"
#include "base/vec.h"

/* A step, thousandths of a point. */
#define ADAPTED_STEP      500
#define ADAPTED_STEPS_MAX 100
#define ADAPTED_MAX       1000 /* destinations */

struct adapted_destination {
	struct str domain; /* lower case */
	unsigned steps;    /* half points below what is configured */
	int64_t changed_s; /* when the last step was, since 1970; or when it was first seen */
	/* Since then: */
	uint64_t forwards;
	uint64_t disliked; /* of them, refused or deferred as spam */
	/* Of the last step: why. */
	uint64_t then_forwards, then_disliked;
};

struct adapted {
	int64_t read_until_s; /* up to where the log was read */
	vec_members(struct adapted_destination);
};

/* Where mail is dropped that would be from `configured` on; thousandths. */
int32_t adapted_threshold(int32_t configured, unsigned steps, int32_t floor);

/* The file's text; false where it isn't one as a whole. */
bool adapted_parse(struct arena *arena, struct str text, struct adapted *adapted_r,
                   struct error *err_r);

/* Replaces the file as a whole. */
bool adapted_write(const char *path, const struct adapted *adapted, struct error *err_r);
/* Reads it, if it is this account's or root's, and nobody else may write it. None: an empty one. */
bool adapted_read(struct arena *arena, const char *path, struct adapted *adapted_r,
                  struct error *err_r);

#endif
