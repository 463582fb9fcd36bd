/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lessons_cache.h"
#include "tests/unit/lessons_cases.h"
#include "tests/unit/scratch.h"

/* No test waits that long for what happens in milliseconds. */
#define PATIENCE_MS 60000

static const char *uri_of(const char *name)
{
	static char uris[4][300];
	static unsigned next;
	char *uri = uris[next++ % 4];

	snprintf(uri, sizeof(uris[0]), "sqlite:%s", scratch_path(name));
	return uri;
}

static struct lessons *open_or_fail(const char *name)
{
	struct error error;
	struct lessons *lessons = lessons_open(uri_of(name), &error);

	if (lessons == NULL)
		fail_msg("%s", error.text);
	return lessons;
}

static struct lessons_cache *start(const char *name, int64_t memory, bool once)
{
	struct lessons_cache_settings settings = {
		.place = uri_of(name),
		.delimiters = STR("+"),
		.keep_ms = INT64_C(86400000) * 36500,
		.max_bytes = 1 << 30,
		.memory = memory,
		.bits = MODEL_BITS_DEFAULT,
		.once = once,
	};
	struct lessons_cache *cache;
	struct error error;

	cache = lessons_cache_start(&settings, &error);
	assert_non_null(cache);
	lessons_cache_settle(cache, deadline_in_ms(PATIENCE_MS));
	return cache;
}

static struct envelope_recipients *recipients_of(struct arena *arena, const char *list)
{
	struct envelope_recipients *recipients =
		arena_new_object(arena, struct envelope_recipients);
	struct str rest = arena_str(arena, str_from(list)), word;

	while (str_next_word(&rest, &word))
		vec_add(arena, recipients)->address = word;
	return recipients;
}

/* How many spams the two models have learned, as "SITE NARROWER"; -1: there is none. */
static const char *judged(struct lessons_cache *cache, const char *list)
{
	static char text[40];
	struct arena *arena = arena_new();
	struct lessons_pin pin;
	const struct model *site, *narrower;

	lessons_cache_pin(cache, recipients_of(arena, list), &pin);
	site = pin.models.site;
	narrower = pin.models.narrower;
	snprintf(text, sizeof(text), "%d %d",
	         site != NULL ? (int)model_count(site, LEARN_SPAM) : -1,
	         narrower != NULL ? (int)model_count(narrower, LEARN_SPAM) : -1);
	lessons_cache_unpin(cache, &pin);
	arena_free(arena);
	return text;
}

static void await(struct lessons_cache *cache, const char *list, const char *expected)
{
	struct deadline deadline = deadline_in_ms(PATIENCE_MS);

	while (strcmp(judged(cache, list), expected) != 0) {
		if (deadline_passed(deadline))
			fail_msg("%s: is %s, should become %s", list, judged(cache, list),
			         expected);
		usleep(5000);
	}
}

/* Enough of both for a narrower scope. */
static void teach(struct lessons *lessons, const char *scope, unsigned from)
{
	add_examples(lessons, scope, 3 * from, 3 * from + 150);
}

static void test_follows_the_journal(void **state)
{
	struct lessons_cache *cache = start("follow", 1 << 30, false);
	struct lessons *lessons = open_or_fail("follow");
	struct arena *arena = arena_new();
	bool found;
	struct error error;

	(void)state;
	assert_string_equal(judged(cache, "joe@example.com"), "-1 -1");
	add_examples(lessons, LESSONS_SITE, 0, 3);
	await(cache, "joe@example.com", "1 -1");
	add_examples(lessons, LESSONS_SITE, 3, 30);
	await(cache, "joe@example.com", "10 -1");
	assert_true(lessons_forget(lessons, LESSONS_SITE,
	                           lesson_example(arena, 0, LEARN_SPAM).message, &found, &error));
	await(cache, "", "9 -1");
	arena_free(arena);
	lessons_close(lessons);
	lessons_cache_stop(cache);
}

static void test_narrower_scopes(void **state)
{
	struct lessons *lessons = open_or_fail("narrow");
	struct lessons_cache *cache;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 3);
	add_examples(lessons, "few@example.com", 0, 120);
	teach(lessons, "example.com", 0);
	add_examples(lessons, "example.com", 1000, 1003);
	teach(lessons, "joe@example.com", 0);
	cache = start("narrow", 1 << 30, false);
	await(cache, "ann@example.com", "1 51");
	await(cache, "joe@example.com", "1 50");
	await(cache, "Joe+list@EXAMPLE.com joe@example.com", "1 50");
	await(cache, "joe@example.com ann@example.com", "1 51");
	assert_string_equal(judged(cache, "few@example.com"), "1 51");
	assert_string_equal(judged(cache, "joe@example.com joe@example.net"), "1 -1");
	assert_string_equal(judged(cache, "joe@sub.example.com"), "1 -1");
	assert_string_equal(judged(cache, ""), "1 -1");
	assert_string_equal(judged(cache, "joe"), "1 -1");
	lessons_cache_stop(cache);
	cache = start("narrow", 1 << 30, true);
	assert_string_equal(judged(cache, "joe@example.com"), "1 50");
	assert_string_equal(judged(cache, "ann@example.com"), "1 51");
	assert_string_equal(judged(cache, "ann@example.net"), "1 -1");
	lessons_cache_stop(cache);
	lessons_close(lessons);
}

/* Is the model of `one` dropped while that of `other` is asked for? That is a moment later. */
static bool is_dropped_for(struct lessons_cache *cache, const char *one, const char *other)
{
	struct deadline deadline = deadline_in_ms(PATIENCE_MS);

	while (!deadline_passed(deadline)) {
		await(cache, other, "1 50");
		usleep(20000);
		if (strcmp(judged(cache, one), "1 -1") == 0)
			return true;
	}
	return false;
}

/* Room for two models of 6 MB, of which one is the site's. */
static void test_memory_is_bounded(void **state)
{
	struct lessons *lessons = open_or_fail("memory");
	struct lessons_cache *cache;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 3);
	teach(lessons, "a.example", 0);
	teach(lessons, "b.example", 0);
	cache = start("memory", 15 << 20, false);
	for (int i = 0; i < 3; i++) {
		await(cache, "x@a.example", "1 50");
		await(cache, "x@b.example", "1 50");
		assert_string_equal(judged(cache, ""), "1 -1");
	}
	assert_true(is_dropped_for(cache, "x@a.example", "x@b.example"));
	lessons_cache_stop(cache);
	lessons_close(lessons);
}

static void test_submitted_rows_are_learned(void **state)
{
	struct lessons_cache *cache = start("submit", 1 << 30, false);
	struct lessons *lessons = open_or_fail("submit");
	struct arena *arena = arena_new();
	struct lessons_state scope;
	struct lesson_row row;
	struct error error;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		row = lesson_example(arena, i, LEARN_SPAM);
		assert_true(
			lessons_cache_submit(cache, i < 150 ? LESSONS_SITE : "a.example", &row));
	}
	await(cache, "", "150 -1");
	lessons_cache_stop(cache);
	assert_true(lessons_read_state(lessons, "a.example", &scope, &error));
	assert_int_equal(scope.count[LEARN_SPAM], 50);
	arena_free(arena);
	lessons_close(lessons);
}

/* Nothing fails or waits, and what is submitted meanwhile is learned later. */
static void test_journal_away(void **state)
{
	struct lessons_cache *cache = start("away/journal", 1 << 30, false);
	struct arena *arena = arena_new();
	struct lesson_row row = lesson_example(arena, 0, LEARN_SPAM);
	struct lessons *lessons;
	struct lessons_pin pin;
	bool taken = true;

	(void)state;
	assert_false(lessons_cache_pin(cache, recipients_of(arena, "a@b.example"), &pin));
	assert_null(pin.models.site);
	lessons_cache_unpin(cache, &pin);
	assert_true(lessons_cache_submit(cache, LESSONS_SITE, &row));
	assert_int_equal(mkdir(scratch_path("away"), 0700), 0);
	await(cache, "", "1 -1");
	/* What is there stays, whatever becomes of the journal. */
	assert_int_equal(rename(scratch_path("away"), scratch_path("gone")), 0);
	for (int i = 0; i < 100; i++) {
		assert_string_equal(judged(cache, ""), "1 -1");
		usleep(10000);
	}
	for (unsigned i = 1; i < 5000; i++) {
		row = lesson_example(arena, i, LEARN_SPAM);
		taken = lessons_cache_submit(cache, LESSONS_SITE, &row);
	}
	assert_false(taken);
	assert_int_equal(rename(scratch_path("gone"), scratch_path("away")), 0);
	lessons = open_or_fail("away/journal");
	await(cache, "", "1001 -1");
	lessons_close(lessons);
	arena_free(arena);
	lessons_cache_stop(cache);
}

struct crowd {
	struct lessons_cache *cache;
	atomic_bool stop;
	atomic_uint pins;
};

static void *pin_and_read(void *context)
{
	struct crowd *crowd = context;
	struct arena *arena = arena_new();
	const struct envelope_recipients *recipients = recipients_of(arena, "x@a.example");
	struct features features;

	assert_true(lesson_decode(arena, lesson_example(arena, 1, LEARN_SPAM).features, &features));
	while (!atomic_load(&crowd->stop)) {
		struct lessons_pin pin;

		lessons_cache_pin(crowd->cache, recipients, &pin);
		if (pin.models.site != NULL) {
			double before = model_log_odds(pin.models.site, &features);

			usleep(100);
			if (model_log_odds(pin.models.site, &features) != before)
				abort();
			atomic_fetch_add(&crowd->pins, 1);
		}
		lessons_cache_unpin(crowd->cache, &pin);
	}
	arena_free(arena);
	return NULL;
}

static void test_models_stay_while_pinned(void **state)
{
	struct crowd crowd = { .cache = start("crowd", 1 << 30, false) };
	struct lessons *lessons = open_or_fail("crowd");
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, pin_and_read, &crowd), 0);
	for (unsigned i = 0; i < 30; i++) {
		char expected[40];

		add_examples(lessons, LESSONS_SITE, 3 * i, 3 * i + 3);
		snprintf(expected, sizeof(expected), "%u -1", i + 1);
		if (i % 10 == 9)
			await(crowd.cache, "", expected);
	}
	atomic_store(&crowd.stop, true);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_true(atomic_load(&crowd.pins) > 0);
	lessons_close(lessons);
	lessons_cache_stop(crowd.cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follows_the_journal),
		cmocka_unit_test(test_narrower_scopes),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_submitted_rows_are_learned),
		cmocka_unit_test(test_journal_away),
		cmocka_unit_test(test_models_stay_while_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
