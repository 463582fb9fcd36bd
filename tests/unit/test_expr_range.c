/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "rules/expr/expr_needs.h"
#include "rules/expr/expr_tristate.h"

#define INPUTS 6
#define STEPS  400

static const unsigned char ranks[INPUTS] = { 3, 1, 2, 3, 0, 5 };

/* A to F are the slots 0 to 5. */
static bool look_up(void *context, struct str name, struct str argument, struct expr_value *value_r,
                    struct error *err_r)
{
	static const size_t slots[INPUTS] = { 0, 1, 2, 3, 4, 5 };

	(void)context;
	(void)argument;
	(void)err_r;
	value_r->slots = &slots[name.data[0] - 'A'];
	value_r->slot_count = 1;
	return true;
}

static struct expr *parse(struct arena *arena, const char *text)
{
	static const struct expr_names names = { look_up, NULL };
	struct error error;
	size_t offset;
	struct expr *expr = expr_parse(arena, str_from(text), &names, &offset, &error);

	if (expr == NULL)
		fail_msg("%s: %s at %zu", text, error.text, offset);
	assert_true(expr_steps(expr) <= STEPS);
	return expr;
}

/* Room for what is known of one expression at a time. */
static struct expr_inputs inputs_of(const struct range ranges[INPUTS])
{
	static struct range step_ranges[STEPS];
	static unsigned char tristates[INPUTS], step_tristates[STEPS];

	for (size_t i = 0; i < INPUTS; i++)
		tristates[i] = (unsigned char)tristate_of_range(ranges[i]);
	return (struct expr_inputs){ ranges, tristates, ranks, step_ranges, step_tristates };
}

static const struct range unknown = { 0, 1 }, none = { 0, 0 }, one = { 1, 1 };

static void check(const char *text, const struct range ranges[INPUTS], struct range expected)
{
	struct arena *arena = arena_new();
	const struct expr_inputs inputs = inputs_of(ranges);
	struct expr *expr = parse(arena, text);
	struct range range = expr_range(expr, &inputs);

	if (range.lower != expected.lower || range.upper != expected.upper)
		fail_msg("%s is [%g, %g], not [%g, %g]", text, range.lower, range.upper,
		         expected.lower, expected.upper);
	assert_int_equal(expr_tristate(expr, &inputs), tristate_of_range(expected));
	arena_free(arena);
}

static void test_decided_early(void **state)
{
	/* A and B are not known, C is 0, D is 1. */
	const struct range inputs[INPUTS] = { unknown, unknown, none, one };

	(void)state;
	check("A && C", inputs, none);
	check("C && A", inputs, none);
	check("A && B && C", inputs, none);
	check("A && D", inputs, unknown);
	check("D || A", inputs, one);
	check("!(A || D)", inputs, none);
	check("A + B > 2", inputs, none);
	check("A + B + D > 0", inputs, one);
	check("A + B >= 2", inputs, unknown);
	check("A * C", inputs, none);
	check("C ? A : D", inputs, one);
	check("D ? C : A", inputs, none);
	check("A ? D : D", inputs, one);
	check("A == 2", inputs, none);
	check("A != 2", inputs, one);
	check("-A > 0", inputs, none);
}

static size_t first_to_know(const char *text, const struct range ranges[INPUTS])
{
	struct arena *arena = arena_new();
	struct expr *expr = parse(arena, text);
	const struct expr_inputs inputs = inputs_of(ranges);
	size_t slot;

	assert_false(range_known(expr_range(expr, &inputs)));
	slot = expr_unknown(expr, &inputs);
	assert_int_equal(expr_tristate(expr, &inputs), TRISTATE_UNKNOWN);
	assert_int_equal(expr_tristate_unknown(expr, &inputs), slot);
	arena_free(arena);
	return slot;
}

static void test_cheapest_that_matters(void **state)
{
	const struct range inputs[INPUTS] = { unknown, unknown, unknown, none, unknown, one };

	(void)state;
	assert_int_equal(first_to_know("A && B", inputs), 1);
	assert_int_equal(first_to_know("A && B && C", inputs), 1);
	/* E is cheapest, and without effect. */
	assert_int_equal(first_to_know("A || (D && E)", inputs), 0);
	assert_int_equal(first_to_know("(F || E) && C", inputs), 2);
	assert_int_equal(first_to_know("D ? E : A + C", inputs), 2);
	assert_int_equal(first_to_know("A ? B : C", inputs), 0);
	assert_int_equal(first_to_know("!(A + C > 1)", inputs), 2);
}

static void check_needs(const char *text, const char *expected)
{
	static const double weights[INPUTS] = { 0.1, 0.2, 0.3, 0.1, 0.1, 0.9 };
	struct arena *arena = arena_new();
	struct expr_needs needs = expr_needs(parse(arena, text), arena, weights);
	char slots[100] = "always";
	size_t i = 0;

	for (; i < needs.slots.len && !needs.always; i++)
		slots[i] = (char)('A' + needs.slots.items[i]);
	if (!needs.always)
		slots[i] = '\0';
	if (strcmp(slots, expected) != 0)
		fail_msg("%s needs %s, not %s", text, slots, expected);
	arena_free(arena);
}

static void test_needs(void **state)
{
	(void)state;
	check_needs("A && B", "A");
	check_needs("B && A", "A");
	check_needs("B && !A", "B");
	check_needs("!A", "always");
	check_needs("!A && !B", "always");
	check_needs("(A || B) && F", "AB");
	check_needs("(A || F) && B", "B");
	check_needs("A + B + C > 2", "ABC");
	check_needs("A + B + C >= 0", "always");
	check_needs("1 < A + B", "AB");
	check_needs("1 > A", "always");
	check_needs("A == 2", "A");
	check_needs("A == 0", "always");
	check_needs("A != B", "always");
	check_needs("A ? B : C", "BC");
	check_needs("F * A - B", "AB");
	check_needs("F / A", "F");
	check_needs("0 && A", "");
	check_needs("A || 1", "always");
}

static unsigned seed;

static unsigned random_below(unsigned limit)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % limit;
}

static void random_text(char *text, unsigned depth)
{
	static const char *const operators[] = { "&&", "||", "+",  "-",  "*", ">",
		                                 "<",  ">=", "==", "!=", "^", "/" };
	char left[4096], right[4096], third[4096];

	if (depth == 0 || random_below(5) == 0) {
		if (random_below(6) > 0)
			sprintf(text, "%c", 'A' + (int)random_below(INPUTS));
		else
			sprintf(text, "%u", random_below(4));
		return;
	}
	random_text(left, depth - 1);
	random_text(right, depth - 1);
	switch (random_below(8)) {
	case 0:
		sprintf(text, "!(%s)", left);
		break;
	case 1:
		sprintf(text, "-(%s)", left);
		break;
	case 2:
		random_text(third, depth - 1);
		sprintf(text, "(%s ? %s : %s)", left, right, third);
		break;
	default:
		sprintf(text, "(%s %s %s)", left, operators[random_below(12)], right);
		break;
	}
}

static void random_values(double values[INPUTS], struct range ranges[INPUTS])
{
	for (size_t i = 0; i < INPUTS; i++) {
		values[i] = random_below(2) ? 0 : random_below(4);
		ranges[i] = (struct range){ 0, 4 };
	}
}

/* Inputs are told one by one as they are asked for: the value is always within the range, and what
 * is known at the end is the value. */
static void check_random(struct arena *arena, const char *text)
{
	struct expr *expr = parse(arena, text);
	struct range ranges[INPUTS], range;
	struct expr_inputs inputs;
	double values[INPUTS], value;
	unsigned asked = 0;

	random_values(values, ranges);
	value = expr_eval(expr, values);
	while (inputs = inputs_of(ranges), range = expr_range(expr, &inputs), !range_known(range)) {
		size_t slot = expr_unknown(expr, &inputs);

		if (range.lower > value || range.upper < value || ++asked > INPUTS)
			fail_msg("%s: %g is not in [%g, %g]", text, value, range.lower,
			         range.upper);
		assert_false(range_known(ranges[slot]));
		ranges[slot] = (struct range){ values[slot], values[slot] };
	}
	if (range.lower != value)
		fail_msg("%s: %g should be %g", text, range.lower, value);
}

/* The same for whether it is true, without the ranges of inputs for which only that counts. */
static void check_random_tristate(struct arena *arena, const char *text)
{
	struct expr *expr = parse(arena, text);
	struct range ranges[INPUTS];
	unsigned char tristates[INPUTS];
	struct expr_inputs inputs;
	double values[INPUTS];
	bool counted[INPUTS] = { false };
	unsigned asked = 0;
	enum tristate value;

	random_values(values, ranges);
	expr_counted(expr, counted);
	inputs = inputs_of(ranges);
	memcpy(tristates, inputs.tristates, sizeof(tristates));
	inputs.tristates = tristates;
	for (size_t i = 0; i < INPUTS; i++)
		if (!counted[i])
			ranges[i] = (struct range){ -1e9, -1e9 };
	while ((value = expr_tristate(expr, &inputs)) == TRISTATE_UNKNOWN) {
		size_t slot = expr_tristate_unknown(expr, &inputs);

		if (++asked > INPUTS)
			fail_msg("%s: asks again", text);
		tristates[slot] = values[slot] != 0 ? TRISTATE_YES : TRISTATE_NO;
		if (counted[slot])
			ranges[slot] = (struct range){ values[slot], values[slot] };
	}
	if ((value == TRISTATE_YES) != (expr_eval(expr, values) != 0))
		fail_msg("%s: %g should be %d", text, expr_eval(expr, values), value);
}

/* With 0 in all slots that it needs, and anything in the others, the value is 0. */
static void check_random_needs(struct arena *arena, const char *text)
{
	static const double weights[INPUTS] = { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6 };
	struct expr *expr = parse(arena, text);
	struct expr_needs needs = expr_needs(expr, arena, weights);
	double values[INPUTS];

	if (needs.always)
		return;
	for (size_t i = 0; i < INPUTS; i++)
		values[i] = random_below(4);
	for (size_t i = 0; i < needs.slots.len; i++)
		values[needs.slots.items[i]] = 0;
	if (expr_eval(expr, values) != 0)
		fail_msg("%s: %g should be 0", text, expr_eval(expr, values));
}

static void test_random(void **state)
{
	char text[16384];

	(void)state;
	for (seed = 1; seed < 200000;) {
		unsigned start = seed;
		struct arena *arena = arena_new();

		random_text(text, 1 + random_below(4));
		check_random(arena, text);
		check_random_tristate(arena, text);
		check_random_needs(arena, text);
		arena_free(arena);
		seed = start + 10;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decided_early),
		cmocka_unit_test(test_cheapest_that_matters),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
