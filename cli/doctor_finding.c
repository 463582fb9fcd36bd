/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor_finding.h"

#include <stdlib.h>

#include "control/json_line.h"

static const char *const level_names[DOCTOR_LEVELS] = {
	[DOCTOR_FINE] = "ok",         [DOCTOR_UNKNOWN] = "unknown", [DOCTOR_HINT] = "hint",
	[DOCTOR_WARNING] = "warning", [DOCTOR_FAULT] = "fault",
};

const char *doctor_level_name(enum doctor_level level)
{
	return level_names[level];
}

/* Few of them; and qsort() would change the order of equals. */
void doctor_findings_sort(struct doctor_findings *findings)
{
	for (size_t i = 1; i < findings->len; i++) {
		struct doctor_finding finding = findings->items[i];
		size_t at = i;

		for (; at > 0 && findings->items[at - 1].level < finding.level; at--)
			findings->items[at] = findings->items[at - 1];
		findings->items[at] = finding;
	}
}

enum doctor_level doctor_findings_worst(const struct doctor_findings *findings)
{
	enum doctor_level worst = DOCTOR_FINE;
	const struct doctor_finding *finding;

	vec_foreach (findings, finding) {
		if (finding->level > worst)
			worst = finding->level;
	}
	return worst;
}

json_t *doctor_findings_json(struct arena *arena, const struct doctor_findings *findings)
{
	json_t *array = json_array();
	const struct doctor_finding *finding;

	vec_foreach (findings, finding) {
		json_t *object = json_object();

		json_object_set_new(object, "level", json_string(level_names[finding->level]));
		json_line_set(arena, object, "check", finding->check);
		json_line_set(arena, object, "text", finding->text);
		json_line_set(arena, object, "mend", finding->mend);
		json_array_append_new(array, object);
	}
	return array;
}

static struct str text_of(struct arena *arena, const json_t *object, const char *key)
{
	return arena_str(arena, str_from(json_string_value(json_object_get(object, key))));
}

static bool read_level(const json_t *object, enum doctor_level *level_r)
{
	struct str name = str_from(json_string_value(json_object_get(object, "level")));

	for (unsigned i = 0; i < DOCTOR_LEVELS; i++) {
		if (!str_eq(name, str_from(level_names[i])))
			continue;
		*level_r = (enum doctor_level)i;
		return true;
	}
	return false;
}

bool doctor_findings_read(struct arena *arena, struct str json, struct doctor_findings *findings)
{
	json_t *array = json_loadb(json.data, json.len, 0, NULL);
	bool ok = json_is_array(array);

	for (size_t i = 0; ok && i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);
		struct doctor_finding finding = {
			.check = text_of(arena, object, "check"),
			.text = text_of(arena, object, "text"),
			.mend = text_of(arena, object, "mend"),
		};

		ok = read_level(object, &finding.level);
		if (ok)
			vec_push(arena, findings, finding);
	}
	json_decref(array);
	return ok;
}
