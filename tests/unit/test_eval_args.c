/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is made of the arguments of eval functions, and of what rows say, when rules are loaded. */
#include <math.h>

#include "rules/match/field.h"
#include "rules/model/number.h"
#include "tests/unit/rules_fixture.h"

#define MAIL "From: a@example.com\nSubject: s\n\n123456789\n"

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		double value; /* NAN: none */
		bool valid;
	} cases[] = {
		{ "12", 12, true },
		{ "-0.25", -0.25, true },
		{ "+3", 3, true },
		{ ".5", 0.5, true },
		{ "5.", 5, true },
		{ "1e3", 1000, true },
		{ "2E-1", 0.2, true },
		{ " 7 ", 7, true },
		{ "0800", 800, true },
		{ "123456789012345678901", 123456789012345678901.0, true },
		{ "inf", INFINITY, true },
		{ "-Infinity", -INFINITY, true },
		{ "12x", 12, false },
		{ "0x1F", 0, false },
		{ "1e", 1, false },
		{ "1.2.3", 1.2, false },
		{ "infamous", NAN, false },
		{ "abc", NAN, false },
		{ "", NAN, false },
		{ "-", NAN, false },
		{ ".", NAN, false },
		{ "e5", NAN, false },
		{ "nan", NAN, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double value = number_read(str_from(cases[i].text), NAN);

		if (isnan(cases[i].value) ? !isnan(value) : value != cases[i].value)
			fail_msg("'%s' is read as %g", cases[i].text, value);
		if (number_valid(str_from(cases[i].text)) != cases[i].valid)
			fail_msg("'%s' is %svalid", cases[i].text, cases[i].valid ? "in" : "");
	}
}

/* Each is a warning at its column, and the rule runs as SpamAssassin would run it. */
static void test_wrong_arguments(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body H1 eval:check_body_length('10x')\n"
	              "body N2 eval:check_body_length('ten')\n"
	              "body N3 eval:check_body_length()\n"
	              "body H4 eval:check_body_length('10', '5')\n"
	              "header N5 eval:check_header_count_range('Sub ject', 1, 2)\n"
	              "header H6 eval:check_no_relays('x')\n"
	              "header H7 eval:check_for_shifted_date('soon','undef')\n");
	assert_string_equal(rules_problem(f, 0),
	                    "1:33: argument 1 of check_body_length() in rule H1 has more than the "
	                    "number it begins with; leave the rest out");
	assert_string_equal(rules_problem(f, 1),
	                    "2:33: argument 1 of check_body_length() in rule N2 is no number and "
	                    "counts as 0; write one such as 12 or 0.5");
	assert_string_equal(rules_problem(f, 2),
	                    "3:14: argument 1 of check_body_length() in rule N3 is missing; see "
	                    "what the function takes");
	assert_string_equal(rules_problem(f, 3),
	                    "4:39: argument 2 of check_body_length() in rule H4 is one more than "
	                    "it takes; leave it out");
	assert_string_equal(
		rules_problem(f, 4),
		"5:42: argument 1 of check_header_count_range() in rule N5 is no header "
		"field's name; write one such as Subject");
	assert_string_equal(rules_problem(f, 5),
	                    "6:33: argument 1 of check_no_relays() in rule H6 is one more than it "
	                    "takes; leave it out");
	assert_string_equal(rules_problem(f, 6),
	                    "7:40: argument 1 of check_for_shifted_date() in rule H7 is no number "
	                    "and counts as 0; write one such as 12 or 0.5");
	assert_int_equal(f->problems.len, 7);
	assert_int_equal(f->problems.mistakes, 0);
	rules_match(f, MAIL);
	assert_string_equal(rules_hit_names(f), "H1 H4 H6 H7");
}

static void test_arguments_that_may_be_missing(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A eval:check_blank_line_ratio('0','10')\n"
	              "body B eval:check_blank_line_ratio('0','10','4')\n"
	              "header C eval:check_arc_signed()\n"
	              "header D eval:check_arc_signed('a.example','b.example','c.example')\n"
	              "header E eval:check_limit()\n"
	              "rawbody K eval:plaintext_body_length(1)\n"
	              "rawbody L eval:plaintext_body_length(1, 2)\n"
	              "body M eval:image_size_range('gif', 1, 2, 3)\n"
	              "header F eval:similar_recipients('','undef')\n"
	              "body G eval:html_range('length','0','inf')\n"
	              "header H eval:check_freemail_from()\n"
	              "header I eval:check_freemail_from('^x')\n");
	for (size_t i = 0; i < f->problems.len; i++)
		fail_msg("%s", rules_problem(f, i));
}

static bool asks_for(const struct ruleset *set, const char *request)
{
	return map_get(set->fields_by_text, str_from(request)) != NULL;
}

/* What the row says, and nothing where no rule that runs calls the function. */
static void test_requested_fields(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "header A eval:check_for_missing_to_header()\n"
	              "header B eval:check_illegal_chars('X-Odd','0.1','2')\n"
	              "header C eval:check_illegal_chars('X-Even:raw','0.1','2')\n"
	              "header D eval:check_freemail_header('X-From')\n"
	              "header E eval:check_illegal_chars('no name','0.1','2')\n"
	              "header F eval:subject_is_all_caps()\nscore F 0\n");
	assert_true(asks_for(f->set, "To"));
	assert_true(asks_for(f->set, "Apparently-To"));
	assert_true(asks_for(f->set, "X-Odd:raw"));
	assert_true(asks_for(f->set, "X-Even:raw"));
	assert_true(asks_for(f->set, "X-From:addr"));
	assert_int_equal(f->set->fields.len, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		rules_test(test_wrong_arguments),
		rules_test(test_arguments_that_may_be_missing),
		rules_test(test_requested_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
