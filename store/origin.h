/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which host and which life of its filter made a record. Thread-safe; nothing fails. */
#ifndef STORE_ORIGIN_H
#define STORE_ORIGIN_H

#include <limits.h>

/* A host's name, a space, 16 digits. */
#define ORIGIN_SIZE (HOST_NAME_MAX + 18)

/* No other process, of this host or of another, has the same. */
void origin_make(char origin[ORIGIN_SIZE]);

#endif
