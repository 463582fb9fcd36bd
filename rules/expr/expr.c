/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "rules/expr/expr_data.h"

/* Binary operators; longer spellings first. A higher level binds tighter. */
static const struct binary {
	struct str text;
	enum expr_op op;
	int level;
} binaries[] = {
	{ STR_INIT("&&"), EXPR_OP_AND, 2 },        { STR_INIT("||"), EXPR_OP_OR, 1 },
	{ STR_INIT("<="), EXPR_OP_LESS_EQUAL, 5 }, { STR_INIT(">="), EXPR_OP_GREATER_EQUAL, 5 },
	{ STR_INIT("=="), EXPR_OP_EQUAL, 4 },      { STR_INIT("!="), EXPR_OP_NOT_EQUAL, 4 },
	{ STR_INIT("<"), EXPR_OP_LESS, 5 },        { STR_INIT(">"), EXPR_OP_GREATER, 5 },
	{ STR_INIT("^"), EXPR_OP_XOR, 3 },         { STR_INIT("+"), EXPR_OP_ADD, 6 },
	{ STR_INIT("-"), EXPR_OP_SUBTRACT, 6 },    { STR_INIT("*"), EXPR_OP_MULTIPLY, 7 },
	{ STR_INIT("/"), EXPR_OP_DIVIDE, 7 },
};

struct parser {
	struct arena *arena;
	struct str text;
	size_t at;
	const struct expr_names *names;
	struct expr *expr;
	struct error *err_r;
	unsigned depth;
	unsigned stacked; /* values on the stack after the steps so far */
};

static bool parse_choice(struct parser *p);

static bool fail(struct parser *p, const char *what)
{
	return error_set(p->err_r, "%s", what);
}

static bool emit(struct parser *p, struct expr_step step, int pushes)
{
	vec_push(p->arena, &p->expr->steps, step);
	p->stacked = (unsigned)((int)p->stacked + pushes);
	return p->stacked <= EXPR_MAX_DEPTH || fail(p, "the expression is nested too deep");
}

/* Steps of slots that lie side by side in expr->slots. */
static bool become_sum(struct expr_step *first, const struct expr_step *last, size_t slots)
{
	size_t added = last->op == EXPR_OP_SUM ? last->sum.count : 1;
	size_t count = first->op == EXPR_OP_SUM ? first->sum.count : 1;

	if ((first->op != EXPR_OP_SLOT && first->op != EXPR_OP_SUM) ||
	    (last->op != EXPR_OP_SLOT && last->op != EXPR_OP_SUM))
		return false;
	first->op = EXPR_OP_SUM;
	first->sum.count = (uint32_t)(count + added);
	first->sum.first = (uint32_t)(slots - count - added);
	return true;
}

/* Adds the last two values: in one step where they are of slots, and none where one is 0, as that
 * of a rule that is off. */
static bool emit_add(struct parser *p)
{
	struct expr_step *last = &p->expr->steps.items[p->expr->steps.len - 1], *first = last - 1;
	bool last_is_0 = last->op == EXPR_OP_NUMBER && last->number == 0;

	if (!last_is_0 && !become_sum(first, last, p->expr->slots.len))
		return emit(p, (struct expr_step){ .op = EXPR_OP_ADD }, -1);
	p->expr->steps.len--;
	p->stacked--;
	return true;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->text.len && char_is_space(p->text.data[p->at]))
		p->at++;
}

static bool accept(struct parser *p, struct str token)
{
	skip_space(p);
	if (!str_starts(str_from_offset(p->text, p->at), token))
		return false;
	p->at += token.len;
	return true;
}

static char peek(struct parser *p)
{
	skip_space(p);
	return p->at < p->text.len ? p->text.data[p->at] : '\0';
}

static bool is_name_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool parse_number(struct parser *p)
{
	double value = 0, scale = 1;
	bool fraction = false;

	for (; p->at < p->text.len; p->at++) {
		char c = p->text.data[p->at];

		if (c == '.' && !fraction)
			fraction = true;
		else if (char_is_digit(c))
			value = value * 10 + (c - '0'), scale *= fraction ? 10 : 1;
		else
			break;
	}
	return emit(p, (struct expr_step){ .op = EXPR_OP_NUMBER, .number = value / scale }, 1);
}

/* "(text)" after a name: an argument, read as it stands up to the parenthesis. */
static bool parse_argument(struct parser *p, struct str *argument_r)
{
	struct str rest;
	ptrdiff_t close;

	*argument_r = (struct str){ NULL, 0 };
	if (peek(p) != '(')
		return true;
	rest = str_from_offset(p->text, p->at + 1);
	close = str_find_char(rest, ')');
	if (close < 0)
		return fail(p, "no ) to this (");
	*argument_r = str_trim(str_prefix(rest, (size_t)close));
	p->at += (size_t)close + 2;
	return true;
}

static bool emit_binary(struct parser *p, enum expr_op op)
{
	return op == EXPR_OP_ADD ? emit_add(p) : emit(p, (struct expr_step){ .op = op }, -1);
}

static bool emit_value(struct parser *p, const struct expr_value *value)
{
	if (value->slot_count == 0)
		return emit(p, (struct expr_step){ .op = EXPR_OP_NUMBER, .number = value->number },
		            1);
	for (size_t i = 0; i < value->slot_count; i++) {
		vec_push(p->arena, &p->expr->slots, value->slots[i]);
		if (!emit(p, (struct expr_step){ .op = EXPR_OP_SLOT, .slot = value->slots[i] }, 1))
			return false;
		if (i > 0 && !emit_add(p))
			return false;
	}
	return true;
}

static bool parse_name(struct parser *p)
{
	size_t start = p->at;
	struct expr_value value = { 0 };
	struct str name, argument;

	while (p->at < p->text.len && is_name_char(p->text.data[p->at]))
		p->at++;
	name = (struct str){ p->text.data + start, p->at - start };
	if (!parse_argument(p, &argument))
		return false;
	if (!p->names->look_up(p->names->context, name, argument, &value, p->err_r)) {
		p->at = start;
		return false;
	}
	return emit_value(p, &value);
}

static bool parse_primary(struct parser *p)
{
	char c = peek(p);

	if (char_is_digit(c) || c == '.')
		return parse_number(p);
	if (is_name_char(c))
		return parse_name(p);
	if (!accept(p, STR("(")))
		return fail(p, c == '\0' ? "the expression ends too early"
		                         : "a rule's name, a number or ( is missing here");
	if (!parse_choice(p))
		return false;
	return accept(p, STR(")")) || fail(p, "a ) is missing here");
}

static bool parse_unary(struct parser *p)
{
	char c = peek(p);
	enum expr_op op = c == '!' ? EXPR_OP_NOT : EXPR_OP_NEGATE;

	if (c != '!' && c != '-' && c != '+')
		return parse_primary(p);
	if (++p->depth > EXPR_MAX_DEPTH)
		return fail(p, "the expression is nested too deep");
	p->at++;
	if (!parse_unary(p))
		return false;
	p->depth--;
	return c == '+' || emit(p, (struct expr_step){ .op = op }, 0);
}

static const struct binary *next_binary(struct parser *p, int level)
{
	skip_space(p);
	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (str_starts(str_from_offset(p->text, p->at), binaries[i].text))
			return binaries[i].level >= level ? &binaries[i] : NULL;
	return NULL;
}

/* Precedence climbing: all operators of at least `level`. */
static bool parse_binary(struct parser *p, int level)
{
	const struct binary *binary;

	if (!parse_unary(p))
		return false;
	while ((binary = next_binary(p, level)) != NULL) {
		p->at += binary->text.len;
		if (!parse_binary(p, binary->level + 1) || !emit_binary(p, binary->op))
			return false;
		if (binary->level == 5 && next_binary(p, 5) != NULL)
			return fail(p, "comparisons can't follow one another; use &&");
	}
	return true;
}

static bool parse_choice(struct parser *p)
{
	if (++p->depth > EXPR_MAX_DEPTH)
		return fail(p, "the expression is nested too deep");
	if (!parse_binary(p, 1))
		return false;
	if (accept(p, STR("?"))) {
		if (!parse_choice(p))
			return false;
		if (!accept(p, STR(":")))
			return fail(p, "a : is missing here");
		if (!parse_choice(p) || !emit(p, (struct expr_step){ .op = EXPR_OP_CHOOSE }, -2))
			return false;
	}
	p->depth--;
	return true;
}

/* An operator's operands stand right before it, the last one first. */
static void connect_steps(struct expr *expr)
{
	struct expr_step *steps = expr->steps.items;

	for (size_t i = 0; i < expr->steps.len; i++) {
		struct expr_step *step = &steps[i];
		unsigned operands = step->op <= EXPR_OP_SUM                                 ? 0
		                    : step->op == EXPR_OP_NEGATE || step->op == EXPR_OP_NOT ? 1
		                    : step->op == EXPR_OP_CHOOSE                            ? 3
		                                                                            : 2;

		step->size = 1;
		while (operands-- > 0)
			step->size += steps[i - step->size].size;
		if (step->op == EXPR_OP_AND || step->op == EXPR_OP_OR)
			steps[i - 1 - steps[i - 1].size].joined = (unsigned)i;
	}
}

struct expr *expr_parse(struct arena *arena, struct str text, const struct expr_names *names,
                        size_t *offset_r, struct error *err_r)
{
	struct parser p = { .arena = arena, .text = text, .names = names, .err_r = err_r };

	p.expr = arena_new_object(arena, struct expr);
	if (parse_choice(&p)) {
		skip_space(&p);
		if (p.at == text.len) {
			connect_steps(p.expr);
			expr_tristate_compile(arena, p.expr);
			return p.expr;
		}
		fail(&p, "an operator is missing here");
	}
	*offset_r = p.at;
	return NULL;
}

static double sum_of(const struct expr *expr, const struct expr_step *step, const double *values)
{
	const size_t *slots = expr->slots.items + step->sum.first;
	double sum = 0;

	for (size_t i = 0; i < step->sum.count; i++)
		sum += values[slots[i]];
	return sum;
}

double expr_eval(const struct expr *expr, const double *values)
{
	double stack[EXPR_MAX_DEPTH + 1];
	size_t top = 0;

	for (size_t i = 0; i < expr->steps.len; i++) {
		const struct expr_step *step = &expr->steps.items[i];

		switch (step->op) {
		case EXPR_OP_NUMBER:
			stack[top++] = step->number;
			break;
		case EXPR_OP_SLOT:
			stack[top++] = values[step->slot];
			break;
		case EXPR_OP_SUM:
			stack[top++] = sum_of(expr, step, values);
			break;
		case EXPR_OP_NEGATE:
			stack[top - 1] = -stack[top - 1];
			break;
		case EXPR_OP_NOT:
			stack[top - 1] = stack[top - 1] == 0;
			break;
		case EXPR_OP_CHOOSE:
			top -= 2;
			stack[top - 1] = stack[top - 1] != 0 ? stack[top] : stack[top + 1];
			break;
		default:
			top--;
			stack[top - 1] = expr_binary_value(step->op, stack[top - 1], stack[top]);
			break;
		}
	}
	assert(top == 1);
	return stack[0];
}

const size_t *expr_slots(const struct expr *expr, size_t *count_r)
{
	*count_r = expr->slots.len;
	return expr->slots.items;
}
