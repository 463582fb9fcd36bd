/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every store has to do, as tests that are run with each backend; and what these share. */
#ifndef TESTS_UNIT_STORE_CASES_H
#define TESTS_UNIT_STORE_CASES_H

#include "store/store.h"
#include "tests/unit/unit.h"

#define DAY_US (86400 * INT64_C(1000000))

/* The store of a name, as `host` has it: the program's own, of its backend. Fails the test. */
struct store *store_case_open(const char *name, const char *host);

struct record example(const char *queue_id);
void write_or_fail(struct store *store, const struct record *records, size_t count);

struct seen {
	size_t count;
	int64_t last_id;
	char queue_ids[512]; /* in order, each with a space after it */
	struct record last;  /* its numbers only */
	size_t stop_after;
};

struct seen read_all(struct store *store, struct store_query query);
size_t count_kind(struct store *store, enum record_kind kind);
struct store_expiry expire(struct store *store, struct store_retention retention, size_t limit);

/* For store_read(): counts in a size_t. */
bool count_one(const struct record *record, int64_t id, void *context);
/* For store_read_counts(): appends lines "KIND HOUR DOMAIN COUNT" to a text. */
bool add_count(const struct store_count *count, void *context);
/* Lines "DESTINATION RECIPIENT SENDER SCORE COUNT". */
void assert_groups(struct store *store, struct store_query query, const char *expected);

void test_fields(void **state);
void test_idempotence(void **state);
void test_queries(void **state);
void test_counts(void **state);
void test_expire(void **state);
void test_unanswered(void **state);
void test_other_origin(void **state);
void test_groups(void **state);
void test_many(void **state);

/* store_view_cases.c */
void test_views_are_not_escaped(void **state);
void test_views_without_account(void **state);
void test_view_search(void **state);
void test_view_pages(void **state);
void test_view_groups(void **state);
void test_view_overview(void **state);

#define STORE_CASES                                                                                \
	cmocka_unit_test(test_fields), cmocka_unit_test(test_idempotence),                         \
		cmocka_unit_test(test_queries), cmocka_unit_test(test_counts),                     \
		cmocka_unit_test(test_expire), cmocka_unit_test(test_unanswered),                  \
		cmocka_unit_test(test_other_origin), cmocka_unit_test(test_groups),                \
		cmocka_unit_test(test_many), cmocka_unit_test(test_views_are_not_escaped),         \
		cmocka_unit_test(test_views_without_account), cmocka_unit_test(test_view_search),  \
		cmocka_unit_test(test_view_pages), cmocka_unit_test(test_view_groups),             \
		cmocka_unit_test(test_view_overview)

#endif
