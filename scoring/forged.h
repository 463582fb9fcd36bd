/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields that only we may write, in a message that comes from outside: whoever finds them after us
 * believes them. Pure.
 */
#ifndef SCORING_FORGED_H
#define SCORING_FORGED_H

#include "message/raw_header.h"
#include "scoring/report_input.h"

/* Whether `field` has to go. By its name; Authentication-Results (RFC 8601 section 5) and
 * Received-SPF by whose it claims to be as well. */
bool forged_field(struct arena *arena, const struct report_input *input,
                  const struct raw_field *field);

#endif
