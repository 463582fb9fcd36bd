/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a digest lists of an account's mail, from the records of the store. Blocks on the store. */
#ifndef CLI_DIGEST_ITEMS_H
#define CLI_DIGEST_ITEMS_H

#include "base/error.h"
#include "cli/digest_mail.h"

/*
 * What was dropped or tagged since then (microseconds since 1970), the lowest scores first; and
 * what was let through and can be reported as spam, the highest first, of the newest some ten
 * thousands. Without links; in the arena. False where the store can't be read.
 */
bool digest_items_read(struct arena *arena, const char *store, struct str account, int64_t since_us,
                       struct digest_items *items_r, struct digest_items *passed_r,
                       struct error *err_r);

#endif
