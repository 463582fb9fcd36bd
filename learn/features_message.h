/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The features of a message. Fields in which other filters say what they think are never among
 * them. Pure; the result is in the arena.
 */
#ifndef LEARN_FEATURES_MESSAGE_H
#define LEARN_FEATURES_MESSAGE_H

#include "learn/features_input.h"

/* Never NULL. */
const struct features *features_of_message(struct arena *arena, const struct features_input *input);
/* Adds the names of those that are chosen, and of some others; input->names is not used. */
void features_name(struct arena *arena, const struct features_input *input,
                   const struct feature_choice *choice, struct feature_names *names);

#endif
