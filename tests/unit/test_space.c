/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/space.h"

static void test_lengths(void **state)
{
	(void)state;
	assert_int_equal(space_len(STR(" x")), 1);
	assert_int_equal(space_len(STR("\v")), 1);
	assert_int_equal(space_len(STR("\xC2\xA0")), 2);
	assert_int_equal(space_len(STR("\xC2\x85")), 2);
	assert_int_equal(space_len(STR("\xE2\x80\x83")), 3);
	assert_int_equal(space_len(STR("\xE2\x80\xAF")), 3);
	assert_int_equal(space_len(STR("\xE2\x81\x9F")), 3);
	assert_int_equal(space_len(STR("\xE3\x80\x80")), 3);
	assert_int_equal(space_len(STR("\xE1\x9A\x80")), 3);
}

static void test_others(void **state)
{
	(void)state;
	assert_int_equal(space_len(STR("")), 0);
	assert_int_equal(space_len(STR("x ")), 0);
	assert_int_equal(space_len(STR("\xC2")), 0);
	assert_int_equal(space_len(STR("\xC2\xA1")), 0);
	assert_int_equal(space_len(STR("\xE2\x80")), 0);
	assert_int_equal(space_len(STR("\xE2\x80\x8B")), 0); /* zero width */
	assert_int_equal(space_len(STR("\xE3\x80\x81")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
