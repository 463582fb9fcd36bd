/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "store/people.h"
#include "store/record_codec.h"
#include "store/store.h"
#include "store/store_recover.h"
#include "tests/unit/scratch.h"

#define COUNT 300

static const char *uri(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "sqlite:%s", scratch_path(name));
	return text;
}

static struct store *open_store(const char *name)
{
	struct error err;
	struct store *store = store_open(uri(name), &err);

	if (store == NULL)
		fail_msg("%s", err.text);
	return store;
}

static struct people_store *open_people(const char *name)
{
	struct error err;
	struct people_store *people = people_open(uri(name), PEOPLE_EDIT, &err);

	if (people == NULL)
		fail_msg("%s", err.text);
	return people;
}

/* Each member has another value; some are too long for a page. */
static struct record example(struct arena *arena, size_t number)
{
	struct record record = { .kind = number % 3 == 0 ? RECORD_DISCARDED : RECORD_DELIVERED };
	const char **strings[RECORD_STRINGS];
	char *rules = arena_alloc(arena, 10000);

	record_strings(&record, strings);
	for (size_t i = 0; i < RECORD_STRINGS; i++)
		*strings[i] = arena_printf(arena, "text%zu.%zu@h%zu.example", i, number, i).data;
	memset(rules, 'R', 9999);
	rules[number % 7 == 0 ? 9999 : 20] = '\0';
	record.rules = rules;
	record.origin = "";
	record.time_us = 1732284000123456 + (int64_t)number;
	record.score = -12345 + (int32_t)number;
	record.threshold = 6000;
	record.size = INT64_C(5000000000);
	record.tagged = number % 2 == 0;
	record.exempt = 3;
	record.doubt = 70000;
	return record;
}

static void write_all(const char *name)
{
	struct arena *arena = arena_new();
	struct store *store = open_store(name);
	struct people_store *people = open_people(name);
	struct people_entry entry = { STR("joe@example.net"), STR("ann@example.com"),
		                      PEOPLE_WELCOMED, true };
	struct error err;
	bool changed;

	for (size_t i = 0; i < COUNT; i++) {
		struct record record = example(arena, i);

		assert_true(store_write(store, &record, 1, &err));
	}
	assert_true(people_enter(people, &entry, &changed, &err));
	people_close(people);
	store_close(store);
	arena_free(arena);
}

static bool compare(const struct record *record, int64_t id, void *context)
{
	struct arena *arena = arena_new();
	struct record expected = example(arena, (size_t)(record->time_us - 1732284000123456));
	struct strbuf one, other;

	(void)id;
	expected.origin = record->origin;
	strbuf_init(&one, arena);
	strbuf_init(&other, arena);
	record_encode(&one, record);
	record_encode(&other, &expected);
	assert_true(str_eq(strbuf_str(&one), strbuf_str(&other)));
	arena_free(arena);
	*(size_t *)context += 1;
	return true;
}

static size_t count_in(struct store *store)
{
	struct store_query query = { 0 };
	struct error err;
	size_t count = 0;

	assert_true(store_read(store, &query, compare, &count, &err));
	return count;
}

static struct store_recovery recover(const char *from, struct store *store,
                                     struct people_store *people)
{
	struct store_recovery recovery;
	struct error err;

	if (!store_recover(scratch_path(from), store, people, &recovery, &err))
		fail_msg("%s", err.text);
	return recovery;
}

/* Every member of every record is back, and the list; once, however often that is done. A column
 * that the salvage doesn't know is missing here. */
static void test_all_is_back(void **state)
{
	struct people_entry_list list;
	struct store_recovery recovery;
	struct people_store *people;
	struct store *store;
	struct arena *arena;
	struct error err;

	(void)state;
	write_all("whole");
	arena = arena_new();
	store = open_store("new");
	people = open_people("new");
	for (int i = 0; i < 2; i++) {
		recovery = recover("whole", store, people);
		assert_int_equal(recovery.records, COUNT);
		assert_int_equal(recovery.discards, COUNT / 3);
		assert_int_equal(recovery.entries, 1);
		assert_int_equal(recovery.entries_new, i == 0);
		assert_false(recovery.headless);
		assert_int_equal(count_in(store), COUNT);
	}
	assert_true(people_show(people, arena, PEOPLE_WELCOMED, NULL, &list, &err));
	assert_int_equal(list.len, 1);
	assert_true(list.items[0].unauthenticated);
	people_close(people);
	store_close(store);
	arena_free(arena);
}

/* What was entered since stays, though the old file says otherwise. */
static void test_the_present_counts(void **state)
{
	struct people_entry entry = { STR("joe@example.net"), STR("ann@example.com"),
		                      PEOPLE_BLOCKED, false };
	struct people_entry_list list;
	struct people_store *people;
	struct store *store;
	struct arena *arena;
	struct error err;
	bool changed;

	(void)state;
	write_all("old");
	arena = arena_new();
	store = open_store("present");
	people = open_people("present");
	assert_true(people_enter(people, &entry, &changed, &err));
	recover("old", store, people);
	assert_true(people_show(people, arena, PEOPLE_WELCOMED, NULL, &list, &err));
	assert_int_equal(list.len, 0);
	assert_true(people_show(people, arena, PEOPLE_BLOCKED, NULL, &list, &err));
	assert_int_equal(list.len, 1);
	people_close(people);
	store_close(store);
	arena_free(arena);
}

static void test_nothing_to_find(void **state)
{
	struct store *store = open_store("empty");
	struct people_store *people = open_people("empty");
	struct store_recovery recovery;
	struct error err;

	(void)state;
	scratch_write("text", "This is no database. ");
	scratch_write("nothing", "");
	assert_int_equal(recover("text", store, people).records, 0);
	assert_int_equal(recover("nothing", store, people).records, 0);
	assert_false(store_recover(scratch_path("absent"), store, people, &recovery, &err));
	people_close(people);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_back),
		cmocka_unit_test(test_the_present_counts),
		cmocka_unit_test(test_nothing_to_find),
	};

	return cmocka_run_group_tests_name("store recover", tests, NULL, scratch_remove);
}
