/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a text must hold for a pattern to match in it: a few literals, of which at least one occurs
 * (in any ASCII case) in every match. Pure; thread-safe.
 */
#ifndef RULES_REGEX_LITERAL_H
#define RULES_REGEX_LITERAL_H

#include "rules/regex/literal_limits.h"
#include "rules/regex/pattern_node.h"

/* The literals, in lower case and in `arena`; none where nothing is required. */
void literal_required(struct arena *arena, const struct pattern_node *tree,
                      struct str_list *literals_r);

#endif
