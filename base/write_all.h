/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing to a descriptor, whatever the system takes at a time. */
#ifndef BASE_WRITE_ALL_H
#define BASE_WRITE_ALL_H

#include "base/str.h"

/* Writes the whole text, also where signals interrupt that. False with errno where it can't; how
 * much was written isn't known then. Blocks; thread-safe. */
bool write_all(int fd, struct str text);

#endif
