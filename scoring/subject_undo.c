/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A note is two netstrings for each Subject: what was put in front of it, and the white space that
 * stood there instead; both are empty where nothing was. Where there was no Subject it is ADDED and
 * one netstring, the whole value. Where a line had to be folded it is FOLDED and three netstrings
 * for each: the third has the places of line ends that are not the sender's, each with how many
 * bytes it takes, after what was put in front ("990+2 1987+1").
 */
#include "scoring/subject_undo.h"

#include <string.h>

#include "base/strbuf.h"
#include "forward/netstring.h"

#define ADDED  '+'
#define FOLDED '~'

/* More have no room in a note. */
#define FOLDS_MAX 100

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

/* What was put in front of a value, and where it was folded. */
struct change {
	struct str put;
	struct str folds; /* as in a note */
};

struct fold {
	size_t at, len;
};

static struct str folds_text(struct arena *arena, const struct fold *folds, size_t count,
                             size_t put_len)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	/* They were found from the end on. */
	for (size_t i = count; i > 0; i--)
		strbuf_printf(&text, "%s%zu+%zu", i < count ? " " : "", folds[i - 1].at - put_len,
		              folds[i - 1].len);
	return strbuf_str(&text);
}

/* How many bytes end `text` that a fold has put there: a line end, and maybe a space; or 0. */
static size_t fold_at_end(struct str text)
{
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		return 1;
	return text.len > 1 && memcmp(text.data + text.len - 2, "\n ", 2) == 0 ? 2 : 0;
}

/* False where more was done to `rest` than to put something in front, and to fold it. */
static bool find_change(struct arena *arena, struct str value, struct str rest,
                        struct change *change_r)
{
	struct fold folds[FOLDS_MAX];
	size_t count = 0;

	while (rest.len > 0) {
		bool same = value.len > 0 && value.data[value.len - 1] == rest.data[rest.len - 1];
		size_t len = same ? 1 : fold_at_end(value);

		if (len == 0 || (!same && count == FOLDS_MAX))
			return false;
		value.len -= len;
		if (same)
			rest.len--;
		else
			folds[count++] = (struct fold){ value.len, len };
	}
	*change_r = (struct change){ value, folds_text(arena, folds, count, value.len) };
	return true;
}

static void note_change(struct strbuf *note, const struct change *change, struct str value,
                        bool folded)
{
	bool changed = change->put.len > 0;

	netstring_add(note, change->put);
	netstring_add(note, changed ? str_prefix(value, blanks_at_start(value)) : STR(""));
	if (folded)
		netstring_add(note, change->folds);
}

struct changes {
	vec_members(struct change);
};

/* Of each Subject; false where one can't be undone. */
static bool find_changes(struct arena *arena, const struct report *report,
                         const struct raw_field_list *fields, struct changes *changes_r,
                         bool *folded_r)
{
	const struct raw_field *field;
	unsigned count = 0;

	vec_foreach (fields, field) {
		const struct header_edit *edit;
		struct change change = { STR(""), STR("") };

		if (!str_eq_ci(field->name, STR("Subject")))
			continue;
		edit = edit_of(report, HEADER_CHANGE, ++count);
		if (edit != NULL &&
		    (field->value.data == NULL ||
		     !find_change(arena, edit->value,
		                  str_from_offset(field->value, blanks_at_start(field->value)),
		                  &change)))
			return false;
		*folded_r = *folded_r || change.folds.len > 0;
		vec_push(arena, changes_r, change);
	}
	return true;
}

struct str subject_undo_note(struct arena *arena, const struct report *report,
                             const struct raw_field_list *fields)
{
	const struct header_edit *added = edit_of(report, HEADER_APPEND, 1);
	const struct raw_field *field;
	struct changes changes = { 0 };
	struct strbuf note;
	size_t count = 0;
	bool changed = false, folded = false;

	if (!find_changes(arena, report, fields, &changes, &folded))
		return STR("");
	strbuf_init(&note, arena);
	if (added != NULL) {
		strbuf_add_char(&note, ADDED);
		netstring_add(&note, added->value);
	} else if (folded) {
		strbuf_add_char(&note, FOLDED);
	}
	vec_foreach (fields, field) {
		if (!str_eq_ci(field->name, STR("Subject")))
			continue;
		changed = changed || changes.items[count].put.len > 0;
		note_change(&note, &changes.items[count++], field->value, folded);
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

/* The next of folds_text(). */
static bool take_fold(struct str *folds, struct fold *fold_r)
{
	struct str rest = *folds, at, len;
	uint64_t place, bytes;

	if (!str_next_word(&rest, &len) || !str_next_piece(&len, '+', &at) ||
	    !str_to_uint(at, SIZE_MAX / 4, &place) || !str_to_uint(len, 2, &bytes))
		return false;
	*folds = rest;
	*fold_r = (struct fold){ (size_t)place, (size_t)bytes };
	return true;
}

/* False where something else is in one of the places. */
static bool unfold(struct arena *arena, struct str value, struct str folds, struct str *unfolded_r)
{
	struct strbuf text;
	struct fold fold;
	size_t done = 0;

	strbuf_init(&text, arena);
	while (take_fold(&folds, &fold)) {
		if (fold.at < done || fold.at > value.len || fold.len > value.len - fold.at ||
		    fold_at_end(str_prefix(value, fold.at + fold.len)) != fold.len)
			return false;
		strbuf_add(&text, (struct str){ value.data + done, fold.at - done });
		done = fold.at + fold.len;
	}
	strbuf_add(&text, str_from_offset(value, done));
	*unfolded_r = strbuf_str(&text);
	return folds.len == 0;
}

static void undo_change(struct arena *arena, const struct change *change, struct str blanks,
                        const struct raw_field *field, unsigned index, struct report *report)
{
	struct str value = str_from_offset(field->value, blanks_at_start(field->value));
	struct header_edit edit = {
		.kind = HEADER_CHANGE, .name = field->name, .index = index, .exact = true
	};

	if (change->put.len == 0 || !str_starts(value, change->put) ||
	    !unfold(arena, str_from_offset(value, change->put.len), change->folds, &value))
		return;
	edit.value = arena_concat(arena, (struct str[]){ blanks, value }, 2);
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
	bool folded = note.len > 0 && note.data[0] == FOLDED;
	const struct raw_field *field;
	unsigned count = 0;

	note = str_from_offset(note, added || folded);
	vec_foreach (fields, field) {
		struct change change = { STR(""), STR("") };
		struct str blanks = STR("");

		if (!str_eq_ci(field->name, STR("Subject")))
			continue;
		count++;
		if (!take_netstring(&note, &change.put) ||
		    (!added && !take_netstring(&note, &blanks)) ||
		    (folded && !take_netstring(&note, &change.folds)))
			return;
		if (added)
			undo_addition(arena, change.put, field, count, report);
		else
			undo_change(arena, &change, blanks, field, count, report);
	}
}
