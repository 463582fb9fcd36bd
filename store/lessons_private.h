/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a backend of the journal of lessons is: a table of functions behind the ones of lessons.h.
 * Each backend's object begins with a struct lessons. Nothing outside store/ includes this.
 */
#ifndef STORE_LESSONS_PRIVATE_H
#define STORE_LESSONS_PRIVATE_H

#include "base/error.h"
#include "learn/learn_key.h"
#include "store/lessons_rows.h"

struct lessons;

typedef bool lessons_visit(const struct lessons_found *found, void *context);
typedef bool lessons_visit_scope(const char *scope, const struct lessons_state *state,
                                 void *context);

struct lessons_backend {
	bool (*knows)(const char *uri); /* by its scheme */
	bool (*check)(const char *uri, struct error *err_r);
	struct lessons *(*open)(const char *uri, bool reader, struct error *err_r);
	void (*close)(struct lessons *lessons);
	/* `proposed`: to be taken where there is none; NULL for a reader. */
	bool (*key)(struct lessons *lessons, const unsigned char *proposed,
	            unsigned char key_r[LEARN_KEY_BYTES], bool *exists_r, struct error *err_r);
	/* Sets it where there are no lessons. */
	bool (*take_key)(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
	                 struct error *err_r);
	bool (*add)(struct lessons *lessons, const char *scope, struct lesson_row *rows,
	            size_t count, enum lesson_outcome *outcomes_r, struct error *err_r);
	bool (*forget)(struct lessons *lessons, const char *scope, const char *message,
	               bool *found_r, struct error *err_r);
	bool (*set_aside)(struct lessons *lessons, const char *scope, struct lessons_position at,
	                  struct error *err_r);
	bool (*expire)(struct lessons *lessons, const char *scope,
	               const struct lessons_limits *limits, size_t *dropped_r, struct error *err_r);
	bool (*read_state)(struct lessons *lessons, const char *scope,
	                   struct lessons_state *state_r, struct error *err_r);
	bool (*read_scopes)(struct lessons *lessons, lessons_visit_scope *visit, void *context,
	                    struct error *err_r);
	bool (*read_counts)(struct lessons *lessons, const char *scope,
	                    struct lessons_counts *counts_r, struct error *err_r);
	bool (*read)(struct lessons *lessons, const char *scope, struct lessons_position from,
	             lessons_visit *visit, void *context, struct error *err_r);
	bool (*read_newest)(struct lessons *lessons, const char *scope, size_t count,
	                    lessons_visit *visit, void *context, struct error *err_r);
	bool (*wait)(struct lessons *lessons, int timeout_ms);
	const char *(*doubt)(struct lessons *lessons); /* NULL: always "" */
};

struct lessons {
	const struct lessons_backend *backend;
	bool reader;
	char *snapshot_prefix; /* malloc'd; so is: */
	char *name;
};

extern const struct lessons_backend lessons_sqlite;
extern const struct lessons_backend lessons_redis;

/* A scope that is too large is brought down to this part of its limit, so that not each new lesson
 * makes it too large again: models are computed anew each time. */
int64_t lessons_low_water(int64_t max_bytes);

#endif
