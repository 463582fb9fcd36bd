/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/pick.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"

#define HOUR_US INT64_C(3600000000)

static pthread_once_t drawn = PTHREAD_ONCE_INIT;
static uint64_t drawn_chance;

static void draw(void)
{
	arc4random_buf(&drawn_chance, sizeof(drawn_chance));
}

/* Every bit depends on all others: the last step of MurmurHash3. */
static uint64_t mix(uint64_t number)
{
	number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
	number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return number ^ number >> 33;
}

uint64_t pick_chance(void)
{
	pthread_once(&drawn, draw);
	return mix(drawn_chance + (uint64_t)(clock_monotonic_us() / HOUR_US));
}

static void swap(unsigned char *a, unsigned char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

/* The place of the lowest from `from` on. */
static size_t find_lowest(const uint64_t *ranks, size_t from, size_t len)
{
	size_t lowest = from;

	for (size_t i = from + 1; i < len; i++)
		if (ranks[i] < ranks[lowest])
			lowest = i;
	return lowest;
}

void pick_some(void *items, size_t item_size, size_t len, size_t count, uint64_t chance)
{
	uint64_t *ranks = memory_calloc(len, sizeof(*ranks));
	unsigned char *base = items;

	for (size_t i = 0; i < len; i++)
		ranks[i] =
			mix(str_hash_words(*(const struct str *)(base + i * item_size)) ^ chance);
	for (size_t i = 0; i < count && i < len; i++) {
		size_t lowest = find_lowest(ranks, i, len);
		uint64_t rank = ranks[i];

		ranks[i] = ranks[lowest];
		ranks[lowest] = rank;
		swap(base + i * item_size, base + lowest * item_size, item_size);
	}
	free(ranks);
}
