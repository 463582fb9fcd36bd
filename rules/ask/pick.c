/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/pick.h"

#include <stdint.h>
#include <stdlib.h>

static void swap(unsigned char *a, unsigned char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

void pick_some(void *items, size_t item_size, size_t len, size_t done, size_t count)
{
	unsigned char *base = items;

	for (size_t i = done; i < done + count && i < len; i++) {
		size_t other = i + arc4random_uniform((uint32_t)(len - i));

		swap(base + i * item_size, base + other * item_size, item_size);
	}
}
