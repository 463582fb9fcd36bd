/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/reload_json.h"

#include "control/json_line.h"

static const char *const severities[] = { "warning", "mistake", "error" };

#define SEVERITY_COUNT (sizeof(severities) / sizeof(severities[0]))

json_t *reload_json(struct arena *arena, const struct reload_result *result)
{
	json_t *object = json_object(), *problems = json_array();

	json_object_set_new(object, "reloaded", json_boolean(result->reloaded));
	json_line_set(arena, object, "why", result->why);
	json_line_set_number(object, "time_us", result->time_us);
	json_line_set_number(object, "rules", (int64_t)result->rules);
	json_line_set_number(object, "files", (int64_t)result->files);
	json_line_set(arena, object, "restart", result->restart);
	json_line_set_number(object, "errors", (int64_t)result->errors);
	json_line_set_number(object, "others", (int64_t)result->others);
	for (size_t i = 0; i < result->problems.len; i++) {
		const struct problem *problem = &result->problems.items[i];
		json_t *item = json_object();

		json_object_set_new(item, "severity", json_string(severities[problem->severity]));
		json_line_set(arena, item, "text", problem->text);
		json_array_append_new(problems, item);
	}
	json_object_set_new(object, "problems", problems);
	return object;
}

static struct str text_of(struct arena *arena, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return arena_str(arena,
	                 (struct str){ json_string_value(value), json_string_length(value) });
}

static size_t count_of(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (size_t)value : 0;
}

static void read_problems(struct arena *arena, const json_t *array, struct reload_result *result)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		struct str severity = text_of(arena, item, "severity");
		struct problem problem = { .text = text_of(arena, item, "text") };

		for (size_t s = 0; s < SEVERITY_COUNT; s++) {
			if (str_eq(severity, str_from(severities[s])))
				problem.severity = (enum problem_severity)s;
		}
		vec_push(arena, &result->problems, problem);
	}
}

bool reload_json_read(struct arena *arena, const json_t *object, struct reload_result *result_r)
{
	*result_r = (struct reload_result){
		.reloaded = json_is_true(json_object_get(object, "reloaded")),
		.why = text_of(arena, object, "why"),
		.time_us = json_integer_value(json_object_get(object, "time_us")),
		.rules = count_of(object, "rules"),
		.files = count_of(object, "files"),
		.restart = text_of(arena, object, "restart"),
		.errors = count_of(object, "errors"),
		.others = count_of(object, "others"),
	};
	read_problems(arena, json_object_get(object, "problems"), result_r);
	return json_is_boolean(json_object_get(object, "reloaded"));
}
