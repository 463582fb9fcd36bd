/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/html_element.h"

static void test_every_element_is_found(void **state)
{
	(void)state;
	assert_true(html_element_count > 90);
	for (size_t i = 0; i < html_element_count; i++)
		assert_ptr_equal(html_element_named(html_elements[i].name), &html_elements[i]);
}

static void test_case_and_strangers(void **state)
{
	(void)state;
	assert_str(html_element_named(STR("TextArea"))->name, "textarea");
	assert_null(html_element_named(STR("marquee")));
	assert_null(html_element_named(STR("b/")));
	assert_null(html_element_named(STR("")));
	assert_null(html_element_named(STR("\xFF")));
	assert_null(html_element_named(STR("zzz")));
}

static void test_what_elements_do(void **state)
{
	(void)state;
	assert_int_equal(html_element_named(STR("th"))->scope, HTML_SCOPE_TD);
	assert_int_equal(html_element_named(STR("br"))->break_, HTML_BREAK_LINE);
	assert_int_equal(html_element_named(STR("h3"))->break_, HTML_BREAK_SPACE);
	assert_int_equal(html_element_named(STR("p"))->break_, HTML_BREAK_PARAGRAPH);
	assert_int_equal(html_element_named(STR("area"))->link, HTML_LINK_HREF);
	assert_false(html_element_named(STR("embed"))->standard);
	assert_false(html_element_named(STR("li"))->needs_end);
	assert_true(html_element_named(STR("a"))->needs_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_element_is_found),
		cmocka_unit_test(test_case_and_strangers),
		cmocka_unit_test(test_what_elements_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
