/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/scan_id.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define TIME_CHARS 6

static void write_base36(char *out, size_t len, uint64_t value)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	while (len > 0) {
		out[--len] = digits[value % 36];
		value /= 36;
	}
}

struct str scan_id_new(struct arena *arena)
{
	char text[SCAN_ID_LEN];
	uint64_t chance;

	/* 8 bytes never come short or interrupted (getrandom(2)). */
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		abort();
	write_base36(text, TIME_CHARS, (uint64_t)time(NULL));
	write_base36(text + TIME_CHARS, SCAN_ID_LEN - TIME_CHARS, chance);
	return arena_str(arena, (struct str){ text, sizeof(text) });
}
