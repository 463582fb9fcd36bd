/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/check_config_output.h"
#include "cli/check_config_settings.h"
#include "cli/json_text.h"

static json_t *json_count(size_t count)
{
	return json_integer((json_int_t)count);
}

static json_t *json_problems(struct arena *arena, const struct problems *problems)
{
	json_t *array = json_array();

	for (size_t i = 0; i < problems->len; i++) {
		const struct problem *problem = &problems->items[i];
		json_t *object = json_object();

		json_object_set_new(object, "text", json_text(arena, problem->text));
		json_object_set_new(
			object, "severity",
			json_string(problem->severity == PROBLEM_WARNING ? "warning" : "error"));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_notes(struct arena *arena, const struct ruleset_note_list *notes)
{
	json_t *array = json_array();
	const struct ruleset_note *note;

	vec_foreach (notes, note) {
		json_t *object = json_object();

		json_object_set_new(object, "name", json_text(arena, note->name));
		json_object_set_new(object, "reason", json_text(arena, str_from(note->reason)));
		json_object_set_new(object, "count", json_count(note->count));
		if (note->at.file != NULL) {
			json_object_set_new(object, "file",
			                    json_text(arena, str_from(note->at.file)));
			json_object_set_new(object, "line", json_count(note->at.line));
			json_object_set_new(object, "chosen", json_boolean(note->chosen));
		}
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_rules(const struct ruleset_summary *sum)
{
	json_t *object = json_object();

	json_object_set_new(object, "run", json_count(sum->rules));
	json_object_set_new(object, "shown", json_count(sum->scored));
	json_object_set_new(object, "off", json_count(sum->off));
	return object;
}

static json_t *json_kinds(struct arena *arena, const struct ruleset *ruleset)
{
	json_t *object = json_object();
	struct ruleset_kind_list kinds;
	const struct ruleset_kind *kind;

	ruleset_list_kinds(ruleset, arena, &kinds);
	vec_foreach (&kinds, kind) {
		json_t *counts = json_object();

		json_object_set_new(counts, "run", json_count(kind->run));
		json_object_set_new(counts, "off", json_count(kind->off));
		json_object_set_new(object, arena_cstr(arena, kind->name), counts);
	}
	return object;
}

static json_t *json_evals(struct arena *arena, const struct ruleset *ruleset,
                          const struct ruleset_summary *sum)
{
	json_t *object = json_object();
	struct ruleset_note_list missing;

	ruleset_list_missing_evals(ruleset, arena, &missing);
	json_object_set_new(object, "named", json_count(sum->evals_named));
	json_object_set_new(object, "implemented", json_count(sum->evals_known));
	json_object_set_new(object, "local_named", json_count(sum->local_evals_named));
	json_object_set_new(object, "local_implemented", json_count(sum->local_evals_known));
	json_object_set_new(object, "missing", json_notes(arena, &missing));
	return object;
}

static json_t *json_settings(struct arena *arena, const struct policy *policy)
{
	json_t *object = json_object();
	struct check_config_setting_list settings;
	const struct check_config_setting *setting;

	check_config_settings(arena, policy, &settings);
	vec_foreach (&settings, setting) {
		json_t *one = json_object();

		json_object_set_new(one, "value", json_text(arena, setting->value));
		json_object_set_new(one, "from", json_text(arena, setting->from));
		json_object_set_new(one, "overruled", json_text(arena, setting->overruled));
		json_object_set_new(object, setting->name, one);
	}
	return object;
}

static void add_coverage(struct arena *arena, json_t *object, const struct ruleset *ruleset)
{
	struct ruleset_summary sum;
	struct ruleset_note_list off, ignored;

	ruleset_summarize(ruleset, &sum);
	ruleset_list_off(ruleset, arena, &off);
	ruleset_list_ignored(ruleset, arena, &ignored);
	json_object_set_new(object, "files", json_count(sum.files));
	json_object_set_new(object, "rules", json_rules(&sum));
	json_object_set_new(object, "types", json_kinds(arena, ruleset));
	json_object_set_new(object, "evals", json_evals(arena, ruleset, &sum));
	json_object_set_new(object, "off", json_notes(arena, &off));
	json_object_set_new(object, "ignored", json_notes(arena, &ignored));
}

void check_config_print_json(const struct check_config_result *result)
{
	struct arena *arena = arena_new();
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "ok", json_boolean(result->ok));
	json_object_set_new(object, "problems", json_problems(arena, result->problems));
	json_object_set_new(object, "tests", json_count(result->tests));
	if (result->policy != NULL) {
		add_coverage(arena, object, result->policy->ruleset);
		json_object_set_new(object, "settings", json_settings(arena, result->policy));
	}
	text = json_dumps(object, JSON_COMPACT);
	puts(text);
	free(text);
	json_decref(object);
	arena_free(arena);
}
