/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The name of one scan, by which support finds its record. Thread-safe. */
#ifndef SCORING_SCAN_ID_H
#define SCORING_SCAN_ID_H

#include "base/arena.h"

#define SCAN_ID_LEN 16

/* Six characters of time and ten of chance, all of [0-9a-z]; later ones sort after earlier. */
struct str scan_id_new(struct arena *arena);

#endif
