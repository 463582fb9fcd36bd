/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Header fields that say nothing of the message itself: in which a filter says what it thinks, or
 * that mail programs and servers add at delivery or after it. Pure.
 */
#ifndef LEARN_IGNORED_FIELDS_H
#define LEARN_IGNORED_FIELDS_H

#include "base/vec.h"

/* `more` are names that the site adds; or NULL. */
bool ignored_fields_has(struct str name, const struct str_list *more);

#endif
