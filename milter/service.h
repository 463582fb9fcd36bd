/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all sessions share: libmilter's callbacks have no argument for it. Set once, before
 * smfi_main(), and not changed after that; slot, recorder, lookups and lessons are used by
 * callbacks that in_flight.h counts only.
 */
#ifndef MILTER_SERVICE_H
#define MILTER_SERVICE_H

#include "base/budget.h"
#include "release/copies_keeper.h"
#include "scoring/policy.h"
#include "store/lessons_cache.h"
#include "store/people_keeper.h"
#include "store/recorder.h"

struct service {
	struct policy_slot *slot;
	struct recorder *recorder;
	struct people_keeper *people;
	struct copies_keeper *copies; /* of what is dropped; NULL: none are kept */
	struct lookups *lookups;
	struct lessons_cache *lessons;
	struct budget *memory; /* of messages; NULL: it isn't bounded */
	size_t max_message_size;
	const char *configuration; /* its file; NULL: built-in defaults */
	int64_t started_us;        /* monotonic clock */
};

#endif
