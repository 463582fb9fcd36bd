/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lessons_place.h"

#include "base/redis_uri.h"

const char *lessons_place(struct arena *arena, const struct settings *settings)
{
	if (settings->lessons.len > 0)
		return arena_cstr(arena, settings->lessons);
	if (redis_uri_is(settings->store))
		return arena_cstr(arena, settings->store);
	return arena_printf(arena, "%.*s.lessons", STR_FMT(settings->store)).data;
}

unsigned lessons_place_bits(const struct settings *settings)
{
	return (unsigned)__builtin_ctzll((uint64_t)settings->learn_weights);
}

struct lessons_cache_settings lessons_place_cache(const char *place,
                                                  const struct settings *settings)
{
	return (struct lessons_cache_settings){
		.place = place,
		.delimiters = settings->recipient_delimiter,
		.keep_ms = settings->lessons_keep,
		.max_bytes = settings->lessons_max_size,
		.memory = settings->lessons_memory,
		.bits = lessons_place_bits(settings),
	};
}
