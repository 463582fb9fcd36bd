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
