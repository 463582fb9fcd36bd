/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of assay.conf that are well formed one by one, and surely meant otherwise. Pure. */
#ifndef SCORING_SETTINGS_CHECK_H
#define SCORING_SETTINGS_CHECK_H

#include "base/problems.h"
#include "scoring/settings_values.h"

/* Adds an error for each value that would drop or tag good mail, or trust every stranger, and a
 * warning where one makes another useless. */
void settings_check(const struct settings *settings, struct problems *problems);

#endif
