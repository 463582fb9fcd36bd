/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/regex/prefilter.h"
#include "rules/regex/prefilter_cache.h"

struct fixture {
	struct arena *arena;
	struct prefilter *prefilter;
	struct prefilter_scratch *scratch;
};

/* Number 0 needs "viagra" or "cialis", 1 "cialis", 2 "abc", 3 nothing. */
static int set_up(void **state)
{
	static struct fixture f;
	static struct str texts[] = { STR_INIT("viagra"), STR_INIT("cialis"), STR_INIT("abc") };
	struct prefilter_cache cache = { 0 };

	f.arena = arena_new();
	f.prefilter = prefilter_new(f.arena);
	prefilter_add(f.prefilter, 0, &(struct str_list){ texts, 2, 2 });
	prefilter_add(f.prefilter, 1, &(struct str_list){ texts + 1, 1, 1 });
	prefilter_add(f.prefilter, 2, &(struct str_list){ texts + 2, 1, 1 });
	prefilter_add(f.prefilter, 3, NULL);
	prefilter_compile_all(&f.prefilter, 1, &cache);
	f.scratch = prefilter_scratch_new();
	prefilter_scratch_fit(f.scratch, f.prefilter);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	prefilter_scratch_free(f->scratch);
	arena_free(f->arena);
	return 0;
}

/* The numbers that may hit, as bits; each is told of once. */
static unsigned scan(struct fixture *f, const char *text)
{
	size_t count;
	const uint32_t *numbers = prefilter_scan(f->prefilter, f->scratch, str_from(text), &count);
	unsigned bits = 0;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(bits & 1u << numbers[i], 0);
		bits |= 1u << numbers[i];
	}
	return bits;
}

static void test_scan(void **state)
{
	struct fixture *f = *state;

	if (!prefilter_has_literals)
		skip();
	assert_true(prefilter_is_filtered(f->prefilter, 0));
	assert_false(prefilter_is_filtered(f->prefilter, 3));
	assert_int_equal(scan(f, "buy VIAGRA"), 1);
	assert_int_equal(scan(f, "cialis and viagra and Cialis"), 3);
	assert_int_equal(scan(f, "abc"), 4);
	assert_int_equal(scan(f, "ab"), 0);
	assert_int_equal(scan(f, ""), 0);
	/* Nothing is left of the scans before. */
	assert_int_equal(scan(f, "cialis"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_scan, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("prefilter", tests, NULL, NULL);
}
