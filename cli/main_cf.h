/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How main.cf writes a parameter: over how many lines, with which comments between them. postconf
 * writes what it changes in one line. Pure; what is returned is in the arena.
 */
#ifndef CLI_MAIN_CF_H
#define CLI_MAIN_CF_H

#include "base/vec.h"

/* All entries of a parameter as they stand in the text, one behind another: lines that continue
 * one, and comments between these, included. Empty where it has none. */
struct str main_cf_entries(struct arena *arena, struct str text, struct str name);

/* The text with its entries of the parameter, each of one line by now, as `written` has them, which
 * main_cf_entries() returned before. What was changed beside that stays as it is. */
struct str main_cf_put_back(struct arena *arena, struct str text, struct str name,
                            struct str written);

#endif
