/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thresholds other than those of the configuration, as if a line of it said so: to see what it
 * would do before somebody writes it. For settings that nobody else uses; in their arena.
 */
#ifndef SCORING_SETTINGS_CHANGE_H
#define SCORING_SETTINGS_CHANGE_H

#include "scoring/settings_values.h"

/* A copy whose thresholds can be changed, all else shared with the settings. In the arena. */
struct settings *settings_change_copy(struct arena *arena, const struct settings *settings);

/* required_score, for all whose section doesn't say otherwise; or, where `recipient` isn't empty,
 * in the section of that address or domain. Thousandths. */
void settings_change_required_score(struct settings *settings, struct arena *arena,
                                    struct str recipient, int32_t score);

/* The same of forward_discard_score and the section of a destination's domain. */
void settings_change_discard_score(struct settings *settings, struct arena *arena,
                                   struct str destination, int32_t score);

#endif
