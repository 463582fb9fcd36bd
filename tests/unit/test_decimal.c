/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/decimal.h"

static void check(const char *text, int32_t expected)
{
	int32_t value = 12345;

	if (!decimal_parse(str_from(text), &value))
		fail_msg("\"%s\" was refused", text);
	assert_int_equal(value, expected);
}

static void test_parse(void **state)
{
	static const char *const wrong[] = { "",
		                             ".",
		                             "-",
		                             "1e3",
		                             "5,0",
		                             " 5",
		                             "5 ",
		                             "0x5",
		                             "1.2.3",
		                             "--1",
		                             "1000001",
		                             "nan",
		                             "99999999999999999999" };
	int32_t value;

	(void)state;
	check("5", 5000);
	check("5.0", 5000);
	check("-0.1", -100);
	check("+2.345", 2345);
	check(".5", 500);
	check("7.", 7000);
	check("1.0000", 1000);
	check("0.0015", 2);
	check("0.0014999", 1);
	check("-0.0005", -1);
	check("1000000", 1000000000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(decimal_parse(str_from(wrong[i]), &value));
}

static void test_format(void **state)
{
	char text[DECIMAL_TEXT_SIZE];

	(void)state;
	assert_string_equal(decimal_format(5000, text), "5");
	assert_string_equal(decimal_format(1250, text), "1.25");
	assert_string_equal(decimal_format(-1, text), "-0.001");
	assert_string_equal(decimal_format(0, text), "0");
	assert_string_equal(decimal_format(-100000, text), "-100");
	assert_string_equal(decimal_format_short(-95940, text), "-95.9");
	assert_string_equal(decimal_format_short(5049, text), "5.0");
	assert_string_equal(decimal_format_short(5050, text), "5.1");
	assert_string_equal(decimal_format_short(-49, text), "0.0");
	assert_string_equal(decimal_format_short(-50, text), "-0.1");
	assert_string_equal(decimal_format_short(1000000, text), "1000.0");
}

static void test_add_clamps(void **state)
{
	(void)state;
	assert_int_equal(decimal_add(1, 2), 3);
	assert_int_equal(decimal_add(DECIMAL_MAX, DECIMAL_MAX), DECIMAL_MAX);
	assert_int_equal(decimal_add(-DECIMAL_MAX, -1), -DECIMAL_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_add_clamps),
	};

	return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
