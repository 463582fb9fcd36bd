/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a command's own in assay.conf, between two comments, so that they can be taken out
 * again. All functions are pure; the texts are in the arena.
 */
#ifndef CLI_CONFIG_BLOCK_H
#define CLI_CONFIG_BLOCK_H

#include "base/vec.h"

/* `text` with the lines of `keys` before its first section, and those of `sections` at its end;
 * either may be empty. `owner` is the command, for the comments. */
struct str config_block_add(struct arena *arena, struct str text, const char *owner,
                            struct str keys, struct str sections);

/* `text` without what config_block_add() put there for this owner. */
struct str config_block_remove(struct arena *arena, struct str text, const char *owner);

#endif
