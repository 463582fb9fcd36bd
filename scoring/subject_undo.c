/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A note is two netstrings for each Subject: what was put in front of it, and the white space that
 * stood there instead; both are empty where nothing was. Where there was no Subject it is ADDED and
 * one netstring, the whole value.
 */
#include "scoring/subject_undo.h"

#include "base/strbuf.h"
#include "forward/netstring.h"

#define ADDED '+'

static size_t blanks_at_start(struct str value)
{
	size_t len = 0;

	while (len < value.len && (value.data[len] == ' ' || value.data[len] == '\t'))
		len++;
	return len;
}

/* The edit of the Subject with this number, from 1; or NULL. */
static const struct header_edit *edit_of(const struct report *report, enum header_edit_kind kind,
                                         unsigned index)
{
	const struct header_edit *edit;

	vec_foreach (report, edit)
		if (edit->kind == kind && edit->index == index &&
		    str_eq_ci(edit->name, STR("Subject")))
			return edit;
	return NULL;
}

static bool ends_with(struct str text, struct str end)
{
	return text.len >= end.len && str_eq(str_from_offset(text, text.len - end.len), end);
}

/* False where more was done than to put something in front. */
static bool note_change(struct strbuf *note, const struct header_edit *edit, struct str value)
{
	size_t blanks = blanks_at_start(value);
	struct str rest = str_from_offset(value, blanks);

	if (edit == NULL) {
		netstring_add(note, STR(""));
		netstring_add(note, STR(""));
		return true;
	}
	if (value.data == NULL || !ends_with(edit->value, rest))
		return false;
	netstring_add(note, str_prefix(edit->value, edit->value.len - rest.len));
	netstring_add(note, str_prefix(value, blanks));
	return true;
}

struct str subject_undo_note(struct arena *arena, const struct report *report,
                             const struct raw_field_list *fields)
{
	const struct header_edit *added = edit_of(report, HEADER_APPEND, 1);
	const struct raw_field *field;
	struct strbuf note;
	unsigned count = 0;
	bool changed = false;

	strbuf_init(&note, arena);
	if (added != NULL) {
		strbuf_add_char(&note, ADDED);
		netstring_add(&note, added->value);
	}
	vec_foreach (fields, field) {
		const struct header_edit *edit;

		if (!str_eq_ci(field->name, STR("Subject")))
			continue;
		edit = edit_of(report, HEADER_CHANGE, ++count);
		changed = changed || edit != NULL;
		if (!note_change(&note, edit, field->value))
			return STR("");
	}
	if ((added == NULL && !changed) || note.len > SUBJECT_UNDO_MAX)
		return STR("");
	return strbuf_str(&note);
}

static bool take_netstring(struct str *note, struct str *content_r)
{
	size_t used;

	if (netstring_read(*note, SUBJECT_UNDO_MAX, content_r, &used) != NETSTRING_COMPLETE)
		return false;
	*note = str_from_offset(*note, used);
	return true;
}

static void undo_change(struct arena *arena, struct str put, struct str blanks,
                        const struct raw_field *field, unsigned index, struct report *report)
{
	struct str value = str_from_offset(field->value, blanks_at_start(field->value));
	struct header_edit edit = {
		.kind = HEADER_CHANGE, .name = field->name, .index = index, .exact = true
	};

	if (put.len == 0 || !str_starts(value, put))
		return;
	edit.value =
		arena_concat(arena, (struct str[]){ blanks, str_from_offset(value, put.len) }, 2);
	vec_push(arena, report, edit);
}

static void undo_addition(struct arena *arena, struct str put, const struct raw_field *field,
                          unsigned index, struct report *report)
{
	struct header_edit edit = {
		.kind = HEADER_DELETE, .name = field->name, .index = index, .value = STR("")
	};

	if (str_eq(str_trim(field->value), str_trim(put)))
		vec_push(arena, report, edit);
}

void subject_undo(struct arena *arena, struct str note, const struct raw_field_list *fields,
                  struct report *report)
{
	bool added = note.len > 0 && note.data[0] == ADDED;
	const struct raw_field *field;
	unsigned count = 0;

	note = str_from_offset(note, added);
	vec_foreach (fields, field) {
		struct str put, blanks = STR("");

		if (!str_eq_ci(field->name, STR("Subject")))
			continue;
		count++;
		if (!take_netstring(&note, &put) || (!added && !take_netstring(&note, &blanks)))
			return;
		if (added)
			undo_addition(arena, put, field, count, report);
		else
			undo_change(arena, put, blanks, field, count, report);
	}
}
