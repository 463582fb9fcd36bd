/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Header fields that say nothing of the message itself: in which a filter says what it thinks, or
 * that mail programs and servers add at delivery or after it. Pure.
 */
#ifndef LEARN_IGNORED_FIELDS_H
#define LEARN_IGNORED_FIELDS_H

#include "base/map.h"

/* `more` has names that the site adds (MAP_IGNORE_CASE); or NULL. */
bool ignored_fields_has(struct str name, const struct map *more);

#endif
