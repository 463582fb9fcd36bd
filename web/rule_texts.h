/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What rules mean, by the rule set that is on disk now: it is loaded for its descriptions alone,
 * and again when a file of it changes. Thread-safe, but for rule_texts_refresh(), which one thread
 * calls.
 */
#ifndef WEB_RULE_TEXTS_H
#define WEB_RULE_TEXTS_H

#include "rules/ruleset.h"
#include "scoring/settings.h"

struct rule_texts;

/* Loads nothing yet. The settings must stay. */
struct rule_texts *rule_texts_new(const struct settings *settings);
void rule_texts_free(struct rule_texts *texts);

/* Loads the rules where they aren't loaded, or have changed. Takes as long as rules take to load.
 */
void rule_texts_refresh(struct rule_texts *texts);

/* The rule set, which stays until it is given back; NULL while there is none. */
const struct ruleset *rule_texts_borrow(struct rule_texts *texts);
void rule_texts_give_back(struct rule_texts *texts);

#endif
