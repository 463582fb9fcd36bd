/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/expr/expr.h"

/* A, B, C are slots 0 to 2; f(x) is the length of x; all else is unknown. */
static bool look_up(void *context, struct str name, struct str argument, struct expr_value *value_r,
                    struct error *err_r)
{
	static const size_t slots[] = { 0, 1, 2 };

	(void)context;
	if (argument.data != NULL && str_eq(name, STR("f")))
		value_r->number = (double)argument.len;
	else if (argument.data != NULL && str_eq(name, STR("sum")))
		value_r->slots = slots, value_r->slot_count = 3;
	else if (name.len == 1 && name.data[0] >= 'A' && name.data[0] <= 'C')
		value_r->slots = &slots[name.data[0] - 'A'], value_r->slot_count = 1;
	else
		return error_set(err_r, "unknown name");
	return true;
}

static const struct expr_names names = { look_up, NULL };
static const double values[] = { 2, 0, 0.5 };

static double value_of(const char *text)
{
	struct arena *arena = arena_new();
	struct error error;
	size_t offset;
	struct expr *expr = expr_parse(arena, str_from(text), &names, &offset, &error);
	double value;

	if (expr == NULL)
		fail_msg("%s: %s at %zu", text, error.text, offset);
	value = expr_eval(expr, values);
	arena_free(arena);
	return value;
}

/* Thousandths, as cmocka compares whole numbers best. */
#define assert_value(text, expected)                                                               \
	assert_int_equal((long)(value_of(text) * 1000), (long)((expected)*1000))

static void test_precedence(void **state)
{
	(void)state;
	assert_value("1 + 2 * 3", 7);
	assert_value("(1 + 2) * 3", 9);
	assert_value("2-1-1", 0);
	assert_value("8 / 2 / 2", 2);
	assert_value("!B + 1", 2);
	assert_value("!(B + 1)", 0);
	assert_value("-2 + 3", 1);
	assert_value("1 || 0 && 0", 1);
	assert_value("1 + 1 > 1", 1);
	assert_value("1 > 0 == 1", 1);
	assert_value("3 ^ 1", 2);
	assert_value("1 == 1 ^ 1", 0);
	assert_value("0 ? 1 : 0 ? 2 : 3", 3);
	assert_value("1 ? 0 ? 4 : 5 : 6", 5);
}

static void test_logic_gives_operands(void **state)
{
	(void)state;
	assert_value("A && C", 0.5);
	assert_value("B && C", 0);
	assert_value("A || C", 2);
	assert_value("B || C", 0.5);
	assert_value("!!A", 1);
	assert_value("(A && C) < 1", 1);
}

static void test_names(void **state)
{
	(void)state;
	assert_value("A", 2);
	assert_value("A+A+C > 4", 1);
	assert_value("f(Mail::X::y)", 10);
	assert_value("f( x ) >= 1", 1);
	assert_value("sum(*)", 2.5);
	assert_value("sum(*) * 2", 5);
	assert_value("A>=2&&!B", 1);
	assert_value("2.50", 2.5);
	assert_value(".5 + 1", 1.5);
}

static void test_division_by_zero(void **state)
{
	(void)state;
	assert_value("A / B", 0);
	assert_value("1 + A / (B - B)", 1);
}

static void test_slots(void **state)
{
	struct arena *arena = arena_new();
	struct error error;
	size_t offset, count;
	struct expr *expr = expr_parse(arena, STR("A && (B || A)"), &names, &offset, &error);
	const size_t *slots = expr_slots(expr, &count);

	(void)state;
	assert_int_equal(count, 3);
	assert_int_equal(slots[0], 0);
	assert_int_equal(slots[1], 1);
	assert_int_equal(slots[2], 0);
	arena_free(arena);
}

static void check_error(const char *text, size_t expected)
{
	struct arena *arena = arena_new();
	struct error error;
	size_t offset = 9999;

	if (expr_parse(arena, str_from(text), &names, &offset, &error) != NULL)
		fail_msg("%s was taken", text);
	assert_int_equal(offset, expected);
	assert_true(strlen(error.text) > 0);
	arena_free(arena);
}

static void test_errors(void **state)
{
	(void)state;
	check_error("", 0);
	check_error("A &&", 4);
	check_error("A B", 2);
	check_error("(A", 2);
	check_error("A)", 1);
	check_error("A && nobody", 5);
	check_error("1 < 2 < 3", 6);
	check_error("1 ? 2", 5);
	check_error("f(x", 1);
	check_error("A ** B", 3);
	check_error("A % 2", 2);
}

static void test_depth(void **state)
{
	char text[4096];

	(void)state;
	memset(text, '(', 2000);
	text[2000] = '\0';
	check_error(text, 200);
	memset(text, '!', 2000);
	check_error(text, 199);
	/* A long chain is not a deep one. */
	for (int i = 0; i < 1000; i++)
		memcpy(text + 2 * i, "A+", 2);
	memcpy(text + 2000, "A", 2);
	assert_value(text, 2002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_precedence), cmocka_unit_test(test_logic_gives_operands),
		cmocka_unit_test(test_names),      cmocka_unit_test(test_division_by_zero),
		cmocka_unit_test(test_slots),      cmocka_unit_test(test_errors),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
