/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a message as its MTA has it, whatever was put in front of the text. Pure. */
#ifndef SCORING_WHOLE_HEADER_H
#define SCORING_WHOLE_HEADER_H

#include "message/raw_header.h"

/* `given`, where the MTA gave the fields one by one; NULL: those of `raw`, but for the first
 * `added`. */
const struct raw_field_list *whole_header(struct arena *arena, const struct raw_field_list *given,
                                          struct str raw, size_t added);

#endif
