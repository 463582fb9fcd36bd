/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every journal of lessons has to do, as tests that are run with each backend. */
#ifndef TESTS_UNIT_LESSONS_CASES_H
#define TESTS_UNIT_LESSONS_CASES_H

#include "store/lessons.h"
#include "store/lessons_model.h"
#include "tests/unit/unit.h"

/* The journal of a name, of the program's backend; `host` has its own snapshots. Fails the test. */
struct lessons *lessons_case_open(const char *name, const char *host);
/* Changes a byte of the features of the oldest row. */
void lessons_case_damage(const char *name);

/* The row of an invented message; `number` decides what is in it, and when it was learned: so many
 * seconds after LESSON_EXAMPLES_US. */
#define LESSON_EXAMPLES_US (INT64_C(1700000000) * 1000000)
struct lesson_row lesson_example(struct arena *arena, unsigned number, enum learn_label label);
/* Adds one; fails the test where that is not `expected`. */
void add_lesson(struct lessons *lessons, const char *scope, struct lesson_row row,
                enum lesson_outcome expected);
/* Adds examples from..to-1, every third as spam. */
void add_examples(struct lessons *lessons, const char *scope, unsigned from, unsigned to);
/* The bytes of the model of a scope, in the arena. */
struct str model_now(struct arena *arena, struct lessons *lessons, const char *scope);

void test_same_message_is_one(void **state);
void test_changed_label(void **state);
void test_sources(void **state);
void test_forget(void **state);
void test_scopes(void **state);
void test_key(void **state);
void test_replay_is_exact(void **state);
void test_expiry(void **state);
void test_two_hosts(void **state);
void test_damaged_row(void **state);
void test_reader(void **state);
void test_wait(void **state);

#define LESSONS_CASES                                                                              \
	cmocka_unit_test(test_same_message_is_one), cmocka_unit_test(test_changed_label),          \
		cmocka_unit_test(test_sources), cmocka_unit_test(test_forget),                     \
		cmocka_unit_test(test_scopes), cmocka_unit_test(test_key),                         \
		cmocka_unit_test(test_replay_is_exact), cmocka_unit_test(test_expiry),             \
		cmocka_unit_test(test_two_hosts), cmocka_unit_test(test_damaged_row),              \
		cmocka_unit_test(test_reader), cmocka_unit_test(test_wait)

#endif
