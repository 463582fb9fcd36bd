/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the header of a message that is tagged: no other field changes, and what the hop
 * takes out again leaves the Subjects byte for byte. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "scoring/report.h"
#include "scoring/subject_undo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str tag(struct arena *arena, struct str header, struct str text, struct str *note_r)
{
	struct policy policy = { .hostname = STR("mx.example.net") };
	struct verdict verdict = { .tag = true, .subject_tag = text };
	struct envelope envelope = { 0 };
	struct str_list limits = { 0 };
	struct facts facts = { 0 };
	struct raw_field_list fields;
	struct report_input input = { .policy = &policy,
		                      .facts = &facts,
		                      .envelope = &envelope,
		                      .verdict = &verdict,
		                      .id = STR("1"),
		                      .limits = &limits,
		                      .fields = &fields };
	struct report *report;
	struct site site;

	settings_init(&policy.settings, arena);
	site_init(&site, arena);
	policy.site = &site;
	raw_header_split(arena, header, &fields);
	report = report_build(arena, &input);
	*note_r = subject_undo_note(arena, report, &fields);
	return report_apply(arena, report, header);
}

static struct str undo(struct arena *arena, struct str header, struct str note)
{
	struct raw_field_list fields;
	struct report report = { 0 };

	raw_header_split(arena, header, &fields);
	subject_undo(arena, note, &fields, &report);
	return report_apply(arena, &report, header);
}

/* As libmilter gives it: folds have no CR. */
static struct str without_cr(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\r')
			strbuf_add_char(&buf, text.data[i]);
	return strbuf_str(&buf);
}

/* The values of all fields of that name, or all others that no report may edit. A milter can't
 * keep the blank of "Subject :". */
static struct str fields_of(struct arena *arena, struct str header, bool subjects)
{
	struct raw_field_list fields;
	const struct raw_field *field;
	struct str_list found = { 0 };

	raw_header_split(arena, header, &fields);
	vec_foreach (&fields, field)
		if (subjects ? str_eq_ci(field->name, STR("Subject"))
		             : !report_may_edit(field->name))
			vec_push(arena, &found, subjects ? field->value : field->text);
	return arena_concat(arena, found.items, found.len);
}

static void check(struct arena *arena, struct str header, struct str text)
{
	struct str note, tagged = tag(arena, header, text, &note), undone;

	assert(str_eq(fields_of(arena, tagged, false), fields_of(arena, header, false)));
	undone = undo(arena, tagged, note);
	assert(note.len <= SUBJECT_UNDO_MAX);
	if (note.len > 0 &&
	    !str_eq(fields_of(arena, undone, true), fields_of(arena, header, true))) {
		fprintf(stderr, "--- came\n%.*s--- tagged\n%.*s--- undone\n%.*s---\n",
		        STR_FMT(header), STR_FMT(tagged), STR_FMT(undone));
		abort();
	}
	/* A note that isn't about this header takes nothing of others. */
	undone = undo(arena, header, note);
	assert(str_eq(fields_of(arena, undone, false), fields_of(arena, header, false)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str header = { (const char *)data, size };

	header = without_cr(arena, str_from_offset(header, raw_header_mbox_line(header)));
	if (str_find(header, STR("\n\n")) < 0)
		header = arena_printf(arena, "%.*s\n\n", STR_FMT(header));
	check(arena, header, STR("[SPAM] "));
	check(arena, header, STR("*** M\xc3\xbcll *** "));
	/* As a note from a seal. */
	undo(arena, STR("From: a\nSubject: [SPAM] b\nSubject: c\n\n"), header);
	arena_free(arena);
	return 0;
}
