/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/reload_result.h"

#include <string.h>

struct reload_result reload_result_copy(struct arena *arena, const struct reload_result *result)
{
	struct reload_result copy = *result;

	copy.why = arena_str(arena, result->why);
	copy.restart = arena_str(arena, result->restart);
	memset(&copy.problems, 0, sizeof(copy.problems));
	for (size_t i = 0; i < result->problems.len; i++) {
		struct problem problem = result->problems.items[i];

		problem.text = arena_str(arena, problem.text);
		vec_push(arena, &copy.problems, problem);
	}
	return copy;
}

static void add_problems(struct reload_result *result, struct arena *arena,
                         const struct problems *problems, bool errors)
{
	const struct problem *problem;

	vec_foreach (problems, problem) {
		if (result->problems.len == RELOAD_RESULT_PROBLEMS_MAX)
			return;
		if ((problem->severity == PROBLEM_ERROR) == errors)
			vec_push(arena, &result->problems, *problem);
	}
}

void reload_result_set_problems(struct reload_result *result, struct arena *arena,
                                const struct problems *problems)
{
	result->errors = problems->errors;
	result->others = problems->len - problems->errors;
	add_problems(result, arena, problems, true);
	add_problems(result, arena, problems, false);
}
