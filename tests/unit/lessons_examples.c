/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Invented lessons, for the tests of journals and of what uses them. */
#include "tests/unit/lessons_cases.h"

#include <stdio.h>

/* A few features of each group: some that tell the classes apart, some at random. */
struct lesson_row lesson_example(struct arena *arena, unsigned number, enum learn_label label)
{
	struct lesson_row row = {
		.label = label,
		.source = LESSON_BY_HAND,
		.time_us = LESSON_EXAMPLES_US + number * INT64_C(1000000),
		.log_odds = LESSON_UNPREDICTED,
		.version = LESSON_ROW_VERSION,
	};
	struct features features = { .score = (int32_t)number };
	uint32_t random = number * 2654435761u + 1;

	for (size_t group = 0; group < FEATURE_GROUPS; group++) {
		struct feature_set *set = &features.groups[group];

		set->items = arena_alloc(arena, 8 * sizeof(*set->items));
		set->items[set->len++] = label == LEARN_SPAM ? 1 : 2;
		for (uint32_t item = 3; set->len < 8; set->len++) {
			random = random * 1664525u + 1013904223u;
			item += 1 + (random >> 16) % 1000;
			set->items[set->len] = item;
		}
	}
	snprintf(row.message, sizeof(row.message), "%032x", number);
	row.features = lesson_encode(arena, &features);
	return row;
}

void add_lesson(struct lessons *lessons, const char *scope, struct lesson_row row,
                enum lesson_outcome expected)
{
	enum lesson_outcome outcome;
	struct error error;

	if (!lessons_add(lessons, scope, &row, 1, &outcome, &error))
		fail_msg("%s", error.text);
	assert_int_equal(outcome, expected);
}

void add_examples(struct lessons *lessons, const char *scope, unsigned from, unsigned to)
{
	struct arena *arena = arena_new();

	for (unsigned i = from; i < to; i++)
		add_lesson(lessons, scope,
		           lesson_example(arena, i, i % 3 == 0 ? LEARN_SPAM : LEARN_HAM),
		           LESSON_LEARNED);
	arena_free(arena);
}
