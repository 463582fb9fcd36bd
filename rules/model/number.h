/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers in texts, read as Perl reads them: what the text begins with counts. */
#ifndef RULES_MODEL_NUMBER_H
#define RULES_MODEL_NUMBER_H

#include "base/str.h"

/* The number that a text begins with; `otherwise` if there is none. */
double number_read(struct str text, double otherwise);
/* Is the whole text one? White space around it doesn't count. */
bool number_valid(struct str text);

#endif
