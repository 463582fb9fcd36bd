/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/lessons_cases.h"

#include <stdio.h>
#include <string.h>

#define BITS 12

struct str model_now(struct arena *arena, struct lessons *lessons, const char *scope)
{
	struct lessons_model model = { 0 };
	struct str bytes = STR("");
	struct error error;

	if (!lessons_model_update(lessons, scope, BITS, &model, &error))
		fail_msg("%s", error.text);
	if (model.model != NULL)
		bytes = arena_str(arena, model_bytes(model.model));
	model_free(model.model);
	return bytes;
}

static struct lessons_state state_of(struct lessons *lessons, const char *scope)
{
	struct lessons_state state;
	struct error error;

	if (!lessons_read_state(lessons, scope, &state, &error))
		fail_msg("%s", error.text);
	return state;
}

static void assert_counts(struct lessons *lessons, const char *scope, uint64_t ham, uint64_t spam)
{
	struct lessons_state state = state_of(lessons, scope);

	assert_int_equal(state.count[LEARN_HAM], ham);
	assert_int_equal(state.count[LEARN_SPAM], spam);
}

static bool keep_row(const struct lessons_found *found, void *context)
{
	struct lessons_found *kept = context;

	*kept = *found;
	return false;
}

static struct lessons_found newest(struct lessons *lessons, const char *scope)
{
	struct lessons_found found = { 0 };
	struct error error;

	if (!lessons_read_newest(lessons, scope, 1, keep_row, &found, &error))
		fail_msg("%s", error.text);
	return found;
}

void test_same_message_is_one(void **state)
{
	struct lessons *lessons = lessons_case_open("same", "a");
	struct arena *arena = arena_new();
	struct lesson_row row = lesson_example(arena, 1, LEARN_SPAM);
	uint64_t generation;

	(void)state;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_LEARNED);
	generation = state_of(lessons, LESSONS_SITE).generation;
	row.time_us += 5;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_KNOWN);
	assert_counts(lessons, LESSONS_SITE, 0, 1);
	assert_true(state_of(lessons, LESSONS_SITE).generation == generation);
	assert_int_equal(newest(lessons, LESSONS_SITE).row.time_us, row.time_us - 5);
	assert_int_equal(state_of(lessons, LESSONS_SITE).bytes, row.features.len);
	arena_free(arena);
	lessons_close(lessons);
}

void test_changed_label(void **state)
{
	struct lessons *lessons = lessons_case_open("changed", "a");
	struct arena *arena = arena_new();
	struct lesson_row row = lesson_example(arena, 1, LEARN_SPAM);
	struct str with, without;

	(void)state;
	row.log_odds = 1234;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_LEARNED);
	add_examples(lessons, LESSONS_SITE, 2, 10);
	row.label = LEARN_HAM;
	row.log_odds = -99;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_CHANGED);
	assert_counts(lessons, LESSONS_SITE, 6, 3);
	/* It is the newest now, and what was thought of it first stays. */
	assert_string_equal(newest(lessons, LESSONS_SITE).row.message, row.message);
	assert_int_equal(newest(lessons, LESSONS_SITE).row.source, LESSON_CORRECTION);
	assert_int_equal(newest(lessons, LESSONS_SITE).row.log_odds, 1234);
	with = model_now(arena, lessons, LESSONS_SITE);
	lessons_close(lessons);

	lessons = lessons_case_open("changed-2", "a");
	add_examples(lessons, LESSONS_SITE, 2, 10);
	row.source = LESSON_CORRECTION;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_LEARNED);
	without = model_now(arena, lessons, LESSONS_SITE);
	assert_true(with.len > 0 && str_eq(with, without));
	arena_free(arena);
	lessons_close(lessons);
}

/* What people say stands; the filter's own opinion gives way. */
void test_sources(void **state)
{
	struct lessons *lessons = lessons_case_open("sources", "a");
	struct arena *arena = arena_new();
	struct lesson_row row = lesson_example(arena, 1, LEARN_SPAM);
	struct lessons_counts counts;
	struct error error;

	(void)state;
	row.source = LESSON_AUTOMATIC;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_LEARNED);
	add_lesson(lessons, LESSONS_SITE, row, LESSON_KNOWN);
	row.label = LEARN_HAM;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_CHANGED);
	assert_int_equal(newest(lessons, LESSONS_SITE).row.source, LESSON_AUTOMATIC);
	row.source = LESSON_BY_HAND;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_CHANGED);
	assert_int_equal(newest(lessons, LESSONS_SITE).row.source, LESSON_BY_HAND);
	row.source = LESSON_AUTOMATIC;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_KNOWN);
	row.label = LEARN_SPAM;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_OVERRULED);
	assert_counts(lessons, LESSONS_SITE, 1, 0);
	row = lesson_example(arena, 2, LEARN_SPAM);
	row.source = LESSON_AUTOMATIC;
	add_lesson(lessons, LESSONS_SITE, row, LESSON_LEARNED);
	assert_true(lessons_read_counts(lessons, LESSONS_SITE, &counts, &error));
	assert_int_equal(counts.by_source[LEARN_HAM][LESSON_BY_HAND], 1);
	assert_int_equal(counts.by_source[LEARN_SPAM][LESSON_AUTOMATIC], 1);
	assert_int_equal(counts.by_source[LEARN_HAM][LESSON_CORRECTION], 0);
	assert_int_equal(counts.newest_us, row.time_us);
	arena_free(arena);
	lessons_close(lessons);
}

void test_forget(void **state)
{
	struct lessons *lessons = lessons_case_open("forget", "a");
	struct lessons *other = lessons_case_open("forget-2", "a");
	struct arena *arena = arena_new();
	struct error error;
	bool found;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 20);
	assert_true(lessons_forget(lessons, LESSONS_SITE,
	                           lesson_example(arena, 7, LEARN_HAM).message, &found, &error));
	assert_true(found);
	assert_true(lessons_forget(lessons, LESSONS_SITE,
	                           lesson_example(arena, 7, LEARN_HAM).message, &found, &error));
	assert_false(found);
	assert_counts(lessons, LESSONS_SITE, 12, 7);
	add_examples(other, LESSONS_SITE, 0, 7);
	add_examples(other, LESSONS_SITE, 8, 20);
	assert_true(str_eq(model_now(arena, lessons, LESSONS_SITE),
	                   model_now(arena, other, LESSONS_SITE)));
	arena_free(arena);
	lessons_close(lessons);
	lessons_close(other);
}

static bool add_name(const char *scope, const struct lessons_state *state, void *context)
{
	char *names = context;

	sprintf(names + strlen(names), "[%s %d]", scope, (int)state->count[LEARN_HAM]);
	return true;
}

void test_scopes(void **state)
{
	struct lessons *lessons = lessons_case_open("scopes", "a");
	struct arena *arena = arena_new();
	char names[200] = "";
	struct error error;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 3);
	add_examples(lessons, "joe@example.com", 0, 4);
	add_examples(lessons, "example.com", 0, 6);
	assert_counts(lessons, "example.net", 0, 0);
	assert_true(lessons_read_scopes(lessons, add_name, names, &error));
	assert_string_equal(names, "[ 2][example.com 4][joe@example.com 2]");
	assert_false(str_eq(model_now(arena, lessons, LESSONS_SITE),
	                    model_now(arena, lessons, "example.com")));
	assert_int_equal(model_now(arena, lessons, "example.net").len, 0);
	arena_free(arena);
	lessons_close(lessons);
}

void test_key(void **state)
{
	struct lessons *lessons = lessons_case_open("key", "a");
	struct lessons *second = lessons_case_open("key", "b");
	unsigned char key[LEARN_KEY_BYTES], again[LEARN_KEY_BYTES];
	static const unsigned char none[LEARN_KEY_BYTES];
	static const unsigned char other[LEARN_KEY_BYTES] = { 1, 2, 3 };
	struct error error;
	bool exists;

	(void)state;
	assert_true(lessons_key(lessons, key, &exists, &error));
	assert_true(exists);
	assert_memory_not_equal(key, none, sizeof(key));
	assert_true(lessons_key(second, again, &exists, &error));
	assert_memory_equal(key, again, sizeof(key));
	/* Another one only while nothing was learned under this. */
	assert_true(lessons_take_key(second, other, &error));
	assert_true(lessons_key(lessons, again, &exists, &error));
	assert_memory_equal(other, again, sizeof(key));
	add_examples(lessons, "example.com", 0, 1);
	assert_true(lessons_take_key(second, other, &error));
	assert_false(lessons_take_key(second, key, &error));
	assert_true(strstr(error.text, "another key") != NULL);
	lessons_close(lessons);
	lessons_close(second);
}

/* By bits or at once, with a snapshot or without. */
void test_replay_is_exact(void **state)
{
	struct lessons *lessons = lessons_case_open("replay", "a");
	struct lessons_model model = { 0 };
	struct arena *arena = arena_new();
	struct error error;

	(void)state;
	for (unsigned i = 0; i < 500; i += 50) {
		add_examples(lessons, LESSONS_SITE, i, i + 50);
		assert_true(lessons_model_update(lessons, LESSONS_SITE, BITS, &model, &error));
		lessons_model_keep(lessons, LESSONS_SITE, &model);
	}
	assert_int_equal(model.learned, 500);
	assert_true(model.in_snapshot > 0);
	assert_true(str_eq(model_bytes(model.model), model_now(arena, lessons, LESSONS_SITE)));
	lessons_close(lessons);
	lessons = lessons_case_open("replay", "without");
	assert_true(str_eq(model_bytes(model.model), model_now(arena, lessons, LESSONS_SITE)));
	assert_int_equal(model_count(model.model, LEARN_SPAM), 167);
	model_free(model.model);
	arena_free(arena);
	lessons_close(lessons);
}

void test_expiry(void **state)
{
	struct lessons *lessons = lessons_case_open("expiry", "a");
	struct lessons *other = lessons_case_open("expiry-2", "a");
	struct lessons_limits limits = { .since_us = LESSON_EXAMPLES_US + 30 * INT64_C(1000000) };
	struct arena *arena = arena_new();
	struct error error;
	size_t dropped;
	int64_t bytes;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 100);
	assert_true(lessons_expire(lessons, LESSONS_SITE, &limits, &dropped, &error));
	assert_int_equal(dropped, 30);
	assert_counts(lessons, LESSONS_SITE, 46, 24);
	bytes = state_of(lessons, LESSONS_SITE).bytes;
	limits.max_bytes = bytes;
	assert_true(lessons_expire(lessons, LESSONS_SITE, &limits, &dropped, &error));
	assert_int_equal(dropped, 0);
	limits.max_bytes = bytes - 1;
	assert_true(lessons_expire(lessons, LESSONS_SITE, &limits, &dropped, &error));
	assert_true(dropped > 0 && dropped < 20);
	assert_true(state_of(lessons, LESSONS_SITE).bytes <= bytes - bytes / 10);
	add_examples(other, LESSONS_SITE, (unsigned)(30 + dropped), 100);
	assert_true(str_eq(model_now(arena, lessons, LESSONS_SITE),
	                   model_now(arena, other, LESSONS_SITE)));
	/* What went may be learned again. */
	add_examples(lessons, LESSONS_SITE, 0, 1);
	arena_free(arena);
	lessons_close(lessons);
	lessons_close(other);
}

/* Both learn in turns, and take out; then their models are the same, bit for bit. */
void test_two_hosts(void **state)
{
	struct lessons *a = lessons_case_open("hosts", "a"), *b = lessons_case_open("hosts", "b");
	struct lessons_model model_a = { 0 }, model_b = { 0 };
	struct arena *arena = arena_new();
	struct error error;
	bool found;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		add_examples(i % 2 == 0 ? a : b, LESSONS_SITE, 10 * i, 10 * i + 10);
		if (i % 7 == 0)
			assert_true(lessons_forget(b, LESSONS_SITE,
			                           lesson_example(arena, i, LEARN_HAM).message,
			                           &found, &error));
		if (i % 3 == 0)
			assert_true(lessons_model_update(a, LESSONS_SITE, BITS, &model_a, &error));
		if (i % 5 == 0)
			assert_true(lessons_model_update(b, LESSONS_SITE, BITS, &model_b, &error));
	}
	assert_true(lessons_model_update(a, LESSONS_SITE, BITS, &model_a, &error));
	assert_true(lessons_model_update(b, LESSONS_SITE, BITS, &model_b, &error));
	assert_int_equal(model_a.learned, 600 - 9);
	assert_true(str_eq(model_bytes(model_a.model), model_bytes(model_b.model)));
	model_free(model_a.model);
	model_free(model_b.model);
	arena_free(arena);
	lessons_close(a);
	lessons_close(b);
}

void test_damaged_row(void **state)
{
	struct lessons *lessons = lessons_case_open("damaged", "a"), *other;
	struct arena *arena = arena_new();

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 10);
	lessons_case_damage("damaged");
	other = lessons_case_open("damaged-2", "a");
	add_examples(other, LESSONS_SITE, 1, 10);
	assert_true(str_eq(model_now(arena, lessons, LESSONS_SITE),
	                   model_now(arena, other, LESSONS_SITE)));
	assert_counts(lessons, LESSONS_SITE, 6, 3);
	/* It may be learned again. */
	add_examples(lessons, LESSONS_SITE, 0, 1);
	arena_free(arena);
	lessons_close(lessons);
	lessons_close(other);
}

void test_wait(void **state)
{
	struct lessons *a = lessons_case_open("wait", "a"), *b = lessons_case_open("wait", "b");

	(void)state;
	while (lessons_wait(a, 0))
		continue;
	add_examples(b, LESSONS_SITE, 0, 1);
	assert_true(lessons_wait(a, 30000));
	assert_false(lessons_wait(a, 0));
	lessons_close(a);
	lessons_close(b);
}
