/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dates as SpamAssassin's rules understand them, including its mistakes: the time that it reads
 * from a forged date decides which rules hit.
 */
#ifndef RULES_EVAL_MAIL_DATE_H
#define RULES_EVAL_MAIL_DATE_H

#include "base/arena.h"

/*
 * The first date in a text of any kind, in seconds since 1970; from 1970 to 2037. False where there
 * is none. Linear in the text.
 */
bool mail_date_find(struct arena *arena, struct str text, int64_t *seconds_r);

#endif
