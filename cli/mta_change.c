/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/mta_change.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"

static const char *const kind_names[] = { "parameter", "service", "file" };
#define KIND_COUNT (sizeof(kind_names) / sizeof(kind_names[0]))

const struct mta_change *mta_change_find(const struct mta_change_list *list,
                                         enum mta_change_kind kind, struct str name)
{
	const struct mta_change *change;

	vec_foreach (list, change) {
		if (change->kind == kind && str_eq(change->name, name))
			return change;
	}
	return NULL;
}

static json_t *to_json(const struct mta_change *change)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(kind_names[change->kind]));
	json_object_set_new(object, "name", json_stringn(change->name.data, change->name.len));
	json_object_set_new(object, "before",
	                    change->was_there
	                            ? json_stringn(change->before.data, change->before.len)
	                            : json_null());
	json_object_set_new(object, "after", json_stringn(change->after.data, change->after.len));
	if (change->written.len > 0)
		json_object_set_new(object, "written",
		                    json_stringn(change->written.data, change->written.len));
	return object;
}

bool mta_change_save(const struct mta_change_list *list, const char *path, struct error *err_r)
{
	json_t *array = json_array();
	const struct mta_change *change;
	char *text;
	bool ok;

	vec_foreach (list, change)
		json_array_append_new(array, to_json(change));
	text = json_dumps(array, JSON_INDENT(1));
	json_decref(array);
	if (text == NULL)
		return error_set(err_r, "%s: something in it is not UTF-8", path);
	ok = replace_file(path, str_from(text), 0600, REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP,
	                  err_r);
	free(text);
	return ok;
}

static struct str text_of(struct arena *arena, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return arena_str(arena,
	                 (struct str){ json_string_value(value), json_string_length(value) });
}

static bool from_json(struct arena *arena, const json_t *object, struct mta_change *change_r)
{
	struct str kind;
	unsigned i = 0;

	if (!json_is_string(json_object_get(object, "kind")) ||
	    !json_is_string(json_object_get(object, "name")) ||
	    !json_is_string(json_object_get(object, "after")))
		return false;
	kind = text_of(arena, object, "kind");
	while (i < KIND_COUNT && !str_eq(kind, str_from(kind_names[i])))
		i++;
	change_r->kind = (enum mta_change_kind)i;
	change_r->name = text_of(arena, object, "name");
	change_r->was_there = json_is_string(json_object_get(object, "before"));
	change_r->before = change_r->was_there ? text_of(arena, object, "before") : STR("");
	change_r->after = text_of(arena, object, "after");
	/* An older record has none. */
	change_r->written = json_is_string(json_object_get(object, "written"))
	                            ? text_of(arena, object, "written")
	                            : STR("");
	return i < KIND_COUNT;
}

bool mta_change_load(struct arena *arena, const char *path, struct mta_change_list *list_r,
                     struct error *err_r)
{
	json_error_t trouble;
	json_t *array;
	bool ok = true;

	*list_r = (struct mta_change_list){ 0 };
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	array = json_load_file(path, 0, &trouble);
	if (!json_is_array(array)) {
		json_decref(array);
		return error_set(err_r,
		                 "%s:%d:%d: this is not what `attach` wrote; undo by hand what it "
		                 "changed, and remove the file",
		                 path, trouble.line, trouble.column);
	}
	for (size_t i = 0; ok && i < json_array_size(array); i++)
		ok = from_json(arena, json_array_get(array, i), vec_add(arena, list_r));
	json_decref(array);
	return ok || error_set(err_r,
	                       "%s: a change in it is not understood; undo by hand what `attach` "
	                       "changed, and remove the file",
	                       path);
}
