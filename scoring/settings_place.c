/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/settings_place.h"

#include "scoring/settings_paths.h"

const struct source_position *settings_place(const struct settings *settings, const char *key,
                                             struct str value)
{
	const struct setting_place *place;
	struct str written = settings_paths_written(settings, value);

	vec_foreach (&settings->places, place) {
		if (str_eq(place->key, str_from(key)) && str_find(place->value, written) >= 0)
			return &place->at;
	}
	return NULL;
}

const struct source_position *settings_place_of(const struct settings *settings, const char *key)
{
	return settings_place(settings, key, STR(""));
}
