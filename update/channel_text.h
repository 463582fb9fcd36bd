/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rule files of a channel may not say. Pure. */
#ifndef UPDATE_CHANNEL_TEXT_H
#define UPDATE_CHANNEL_TEXT_H

#include "update/rule_sets.h"

/*
 * Statements that load code, read other files or say whom to ask in the DNS are this host's affair:
 * their lines become comments, in place, and *ignored_r gets "FILE:LINE: STATEMENT …", a text for
 * each. The rest of the files stays as it is.
 */
void channel_text_restrict(struct arena *arena, struct rule_set_files *files,
                           struct str_list *ignored_r);

#endif
