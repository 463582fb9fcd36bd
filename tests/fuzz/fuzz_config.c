/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as assay.conf: what is wrong is told at its line and column, and what is understood
 * holds for any recipient. No file that it names is opened.
 */
#include <assert.h>

#include "base/utf8.h"
#include "scoring/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "fuzz.conf:LINE:COLUMN: what" */
static void check_place(struct str text, size_t lines)
{
	static const struct str name = { "fuzz.conf:", 10 };
	size_t numbers[2] = { 0, 0 };

	assert(str_starts(text, name));
	text = str_from_offset(text, name.len);
	for (int i = 0; i < 2; i++) {
		assert(text.len > 0 && text.data[0] >= '1' && text.data[0] <= '9');
		for (; text.len > 0 && text.data[0] >= '0' && text.data[0] <= '9';
		     text = str_from_offset(text, 1))
			numbers[i] = numbers[i] * 10 + (size_t)(text.data[0] - '0');
		assert(text.len > 0 && text.data[0] == ':');
		text = str_from_offset(text, 1);
	}
	assert(numbers[0] <= lines && text.len > 1 && text.data[0] == ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = arena_str(arena, (struct str){ (const char *)data, size });
	struct settings settings;
	struct problems problems;
	size_t lines = 1;
	bool good;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	problems_init(&problems, arena);
	settings_init(&settings, arena);
	good = settings_parse(&settings, arena, text, "fuzz.conf", &problems);
	assert(good == (problems.errors == 0));
	for (size_t i = 0; i < problems.len; i++)
		check_place(problems.items[i].text, lines);
	settings_for_recipient(&settings, STR("joe@example.com"));
	settings_for_destination(&settings, STR("example.com"));
	settings_role(&settings, STR("MTA"));
	settings_has_hop(&settings);
	arena_free(arena);
	return 0;
}
