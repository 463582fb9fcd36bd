/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The conditions of `if` and `ifplugin`: which version of the rule language this is, which of
 * SpamAssassin's plugins and features rule files may count on. Used while a rule set is loaded.
 */
#ifndef RULES_READ_CONDITION_H
#define RULES_READ_CONDITION_H

#include "rules/read/statement.h"

/* The version of SpamAssassin whose rules this reads, as its rule files write it. */
#define CONDITION_VERSION      4.000001
#define CONDITION_VERSION_TEXT "4.000001"

/* Does the condition in the statement's value hold? One that can't be read is reported, and doesn't
 * hold. */
bool condition_holds(struct statement *statement);
#endif
