/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the settings say that lessons are. Pure. */
#ifndef STORE_LESSONS_PLACE_H
#define STORE_LESSONS_PLACE_H

#include "scoring/settings.h"
#include "store/lessons_cache_settings.h"

/* The URI for lessons_open(), in the arena: the settings', else beside the records: in the same
 * Redis, or in the file PATH.lessons. */
const char *lessons_place(struct arena *arena, const struct settings *settings);
/* A model has 2^bits weights. */
unsigned lessons_place_bits(const struct settings *settings);
/* How the settings want models to be kept in memory. */
struct lessons_cache_settings lessons_place_cache(const char *place,
                                                  const struct settings *settings);

#endif
