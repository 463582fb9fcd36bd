/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learn_key.h"

static uint64_t read_little_endian(const unsigned char *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return word;
}

struct learn_key learn_key_read(const unsigned char bytes[LEARN_KEY_BYTES])
{
	return (struct learn_key){ { read_little_endian(bytes, 8),
		                     read_little_endian(bytes + 8, 8) } };
}
