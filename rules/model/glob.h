/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns with * and ?, as address lists of rule files have them. Pure; thread-safe. */
#ifndef RULES_MODEL_GLOB_H
#define RULES_MODEL_GLOB_H

#include "base/str.h"

/* Does the whole text match a pattern in which * is any text and ? any character, but no line
 * end? Takes time in the product of the lengths at most. */
bool glob_match(struct str pattern, struct str text);

#endif
