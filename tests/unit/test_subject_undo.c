/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tag that the front puts into a Subject comes out again at the hop. */
#include "scoring/report.h"
#include "scoring/subject_undo.h"
#include "tests/unit/unit.h"

#define TAG "[SPAM] "

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* What the front makes of a header; and its note. */
static struct str tag(struct str header, struct str text, struct str *note_r)
{
	struct policy policy = { .hostname = STR("mx.example.net") };
	struct site site;
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

	settings_init(&policy.settings, arena);
	site_init(&site, arena);
	policy.site = &site;
	raw_header_split(arena, header, &fields);
	report = report_build(arena, &input);
	*note_r = subject_undo_note(arena, report, &fields);
	return report_apply(arena, report, header);
}

static struct str undo(struct str header, struct str note)
{
	struct raw_field_list fields;
	struct report report = { 0 };

	raw_header_split(arena, header, &fields);
	subject_undo(arena, note, &fields, &report);
	return report_apply(arena, &report, header);
}

/* All lines of the Subject fields. */
static struct str subjects(struct str header)
{
	struct raw_field_list fields;
	const struct raw_field *field;
	struct str_list found = { 0 };

	raw_header_split(arena, header, &fields);
	vec_foreach (&fields, field)
		if (str_eq_ci(field->name, STR("Subject")))
			vec_push(arena, &found, field->text);
	return arena_concat(arena, found.items, found.len);
}

static void comes_back(const char *header, const char *text)
{
	struct str raw = str_from(header), note, tagged = tag(raw, str_from(text), &note);

	if (str_eq(subjects(tagged), subjects(raw)))
		fail_msg("no tag: %s", header);
	if (!str_eq(subjects(undo(tagged, note)), subjects(raw)))
		fail_msg("%s became %.*s", header, STR_FMT(undo(tagged, note)));
}

static void test_comes_back(void **state)
{
	static const char *const headers[] = {
		"From: a\nSubject: minutes of Tuesday\nTo: b\n\n",
		"Subject:minutes\n\n",
		"Subject:  \t two  words \t\n\n",
		"Subject: folded\n\tanother line\n  and  one\n\n",
		"subject:\n\n",
		"Subject: \n\n",
		"SUBJECT:\n on a line of its own\n\n",
		"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?utf-8?q?_aus?=\n\n",
		"Subject: Gr\303\274\303\237e\n\n",
		"Subject: \xff\xfe bytes\n\n",
		"Subject: [SPA] near\n\n",
		"Subject: first\nFrom: x\nsubject: [SPAM] tagged already\nSubject:last\n\n",
		"From: nobody says what about\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		comes_back(headers[i], TAG);
		comes_back(headers[i], "*** M\xc3\xbcll ***");
	}
}

/* A first line that has no room for the tag. */
static void test_long_subject(void **state)
{
	struct str line = arena_printf(arena, "Subject: %0985d\n\n", 7);

	(void)state;
	comes_back(arena_cstr(arena, line), TAG);
	line = arena_printf(arena, "Subject: %0985d\n more\n\n", 7);
	comes_back(arena_cstr(arena, line), TAG);
}

/* Lines that are too long for any MTA. */
static void test_folded_subject(void **state)
{
	const struct str headers[] = {
		arena_printf(arena, "Subject: x %02000d\n\n", 7),
		arena_printf(arena, "Subject:%01001d\n\n", 7),
		arena_printf(arena, "Subject: %0992d word\n\n", 7),
		arena_printf(arena,
		             "Subject: %0600d\n %01500d\n more\nSubject: s\nSubject: %03000d\n\n",
		             7, 8, 9),
	};
	struct strbuf words;

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		comes_back(arena_cstr(arena, headers[i]), TAG);
	strbuf_init(&words, arena);
	strbuf_add(&words, STR("Subject:"));
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&words, " w%d  \303\274", i);
	strbuf_add(&words, STR("\n\n"));
	comes_back(arena_cstr(arena, strbuf_str(&words)), TAG);
}

/* Nothing is noted of what can't be put together again. */
static void test_cut_subject(void **state)
{
	struct str line = arena_printf(arena, "Subject: x %02000d \n\n", 7), note;

	(void)state;
	tag(line, STR(TAG), &note);
	assert_int_equal(note.len, 0);
	line = STR("Subject: a\r\n b\n\n");
	tag(line, STR(TAG), &note);
	assert_int_equal(note.len, 0);
	line = arena_printf(arena, "Subject: x %0150000d\n\n", 7);
	tag(line, STR(TAG), &note);
	assert_int_equal(note.len, 0);
}

static void test_many_subjects(void **state)
{
	char header[4096] = "";
	struct str note;

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(header, "Subject: x\n");
	strcat(header, "\n");
	tag(str_from(header), STR(TAG), &note);
	assert_int_equal(note.len, 0);
}

/* Somebody has changed it on the way, or it is another. */
static void test_left_alone(void **state)
{
	static const char *const others[] = { "Subject: [spam] x\n\n", "Subject: x\n\n",
		                              "From: a\n\n" };
	struct str note;

	(void)state;
	tag(STR("Subject: x\n\n"), STR(TAG), &note);
	assert_true(note.len > 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_true(str_eq(undo(str_from(others[i]), note), str_from(others[i])));
	for (size_t len = 0; len < note.len; len++)
		undo(STR("Subject: [SPAM] x\n\n"), str_prefix(note, len));
	tag(STR("From: a\n\n"), STR(TAG), &note);
	assert_true(note.len > 0);
	assert_true(str_eq(undo(STR("Subject: x\n\n"), note), STR("Subject: x\n\n")));
	tag(arena_printf(arena, "Subject: x %02000d\n\n", 7), STR(TAG), &note);
	assert_true(note.len > 0);
	assert_true(str_eq(undo(STR("Subject: [SPAM] x\n\n"), note), STR("Subject: [SPAM] x\n\n")));
	for (size_t len = 0; len < note.len; len++)
		undo(STR("Subject: [SPAM] x\n\n"), str_prefix(note, len));
	/* Not tagged: nothing to undo. */
	tag(STR("Subject: [SPAM] x\n\n"), STR(TAG), &note);
	assert_int_equal(note.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_subject, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_folded_subject, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_subject, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_subjects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_left_alone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
