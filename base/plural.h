/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "1 problem", "2 problems": words behind a count, in English. Pure. */
#ifndef BASE_PLURAL_H
#define BASE_PLURAL_H

#include <stdint.h>

/* `one` for 1, else `many`, whatever else a sentence needs besides the noun. */
static inline const char *plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

#endif
