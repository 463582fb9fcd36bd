/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule set that a target has made, and a message, matched without the network. */
#ifndef TESTS_FUZZ_RULES_MATCH_H
#define TESTS_FUZZ_RULES_MATCH_H

#include "rules/ruleset.h"

/* Never NULL; in the arena. The message must stay. */
const struct hits *rules_match(struct arena *arena, const struct ruleset *set, struct str mail);

#endif
