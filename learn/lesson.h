/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The features of a learned message as bytes, to be kept and learned again. Pure.
 */
#ifndef LEARN_LESSON_H
#define LEARN_LESSON_H

#include "learn/features.h"

/* More bytes than any lesson has. */
#define LESSON_BYTES_MAX (FEATURE_GROUPS * FEATURES_MAX * 3)

/* In the arena. Equal features give equal bytes. */
struct str lesson_encode(struct arena *arena, const struct features *features);
/* False where these are not exactly the bytes of some features: damaged, or of a later version. */
bool lesson_decode(struct arena *arena, struct str bytes, struct features *features_r);

#endif
