/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where assay.conf says what, for messages about it. Pure. */
#ifndef SCORING_SETTINGS_PLACE_H
#define SCORING_SETTINGS_PLACE_H

#include "scoring/settings_values.h"

/* The place where a key was given this value (or, of a list, a line with it), for messages about
 * what is wrong with it; NULL where it is a default. */
const struct source_position *settings_place(const struct settings *settings, const char *key,
                                             struct str value);

/* The same whatever the value is. */
const struct source_position *settings_place_of(const struct settings *settings, const char *key);

#endif
