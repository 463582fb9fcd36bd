/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The models that messages are judged by, in memory. A thread of its own loads them, follows the
 * journal as others learn, writes what this process learns, and takes out what is too old; a
 * message waits for none of that. While the journal can't be reached, the models that there are
 * serve. Thread-safe.
 */
#ifndef STORE_LESSONS_CACHE_H
#define STORE_LESSONS_CACHE_H

#include "base/deadline.h"
#include "base/error.h"
#include "learn/learned.h"
#include "message/envelope.h"
#include "scoring/autolearn.h"
#include "store/lesson_row.h"
#include "store/lessons_cache_settings.h"

struct lessons_cache;

/* Never fails because of the journal, which may come later; only where there is no thread. */
struct lessons_cache *lessons_cache_start(const struct lessons_cache_settings *settings,
                                          struct error *err_r);
/* Nothing may be pinned any more. What was submitted is written if that takes no longer than a few
 * seconds. NULL is allowed. */
void lessons_cache_stop(struct lessons_cache *cache);
/* Waits until the site's model was loaded or could not be, but not beyond the deadline. */
void lessons_cache_settle(struct lessons_cache *cache, struct deadline deadline);

/* Models that stay as they are while they are pinned. */
struct lessons_pin {
	struct learned_models models; /* for assay_input.learned */
	struct learn_key key;
	struct lessons_held *held[2];   /* the cache's */
	struct autolearn_taught taught; /* the site */
	bool has_taught;                /* that is known */
};

/*
 * What was learned for the recipients: the site's model, and that of the address or domain that all
 * of them share, where it has enough. False where not even the site's key is known, and without a
 * cache (NULL).
 */
bool lessons_cache_pin(struct lessons_cache *cache, const struct envelope_recipients *recipients,
                       struct lessons_pin *pin_r);
/* After each lessons_cache_pin(), whatever it returned. */
void lessons_cache_unpin(struct lessons_cache *cache, struct lessons_pin *pin);

struct lessons_cache_report {
	bool works; /* the journal can be read and written */
	char trouble[512];
	bool has_taught;
	struct autolearn_count taught; /* the site's model */
	size_t models;                 /* in memory */
	size_t waiting;                /* rows to be written */
};
void lessons_cache_tell(struct lessons_cache *cache, struct lessons_cache_report *report_r);

/*
 * Learns a row (copied) for a scope, soon. False where too many wait already, as when the journal
 * is away.
 */
bool lessons_cache_submit(struct lessons_cache *cache, const char *scope,
                          const struct lesson_row *row);

#endif
