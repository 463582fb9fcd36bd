/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay web link`, `assay web check` and `assay web revoke`: what customers get to see their own
 * mail by. */
#ifndef CLI_WEB_LINK_H
#define CLI_WEB_LINK_H

#include "scoring/settings.h"

/* Prints a link for the account that holds for `valid` seconds; returns a sysexits code. */
int web_link_print(struct arena *arena, const struct settings *settings, struct str account,
                   int64_t valid);

/* Makes all links of the account void and says so; returns a sysexits code. */
int web_link_revoke(struct arena *arena, const struct settings *settings, struct str account);

/* Tells whose mail a link of ours shows and whether it still does; EX_OK, or 1 where it doesn't. */
int web_link_check(struct arena *arena, const struct settings *settings, struct str url);

#endif
