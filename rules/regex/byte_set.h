/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of bytes. Pure. */
#ifndef RULES_REGEX_BYTE_SET_H
#define RULES_REGEX_BYTE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_set {
	uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
	return (set->bits[byte / 64] >> byte % 64 & 1) != 0;
}

static inline void byte_set_add(struct byte_set *set, unsigned char byte)
{
	set->bits[byte / 64] |= UINT64_C(1) << byte % 64;
}

static inline void byte_set_join(struct byte_set *set, const struct byte_set *more)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] |= more->bits[i];
}

static inline void byte_set_negate(struct byte_set *set)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] = ~set->bits[i];
}

static inline struct byte_set byte_set_everything(void)
{
	struct byte_set set = { 0 };

	byte_set_negate(&set);
	return set;
}

static inline bool byte_set_is_empty(const struct byte_set *set)
{
	return (set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]) == 0;
}

/* Characters that byte_set_chars() lists. */
#define BYTE_SET_CHARS 4

/* The set as lower case characters; 0 where they are too many, or none. */
size_t byte_set_chars(const struct byte_set *set, char chars[BYTE_SET_CHARS]);

#endif
