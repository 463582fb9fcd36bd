/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr_data.h"

#include <math.h>

/* Perl's ^ works on whole numbers. */
static double exclusive_or(double a, double b)
{
	const double limit = 9e15;

	if (!(fabs(a) < limit) || !(fabs(b) < limit))
		return 0;
	return (double)((int64_t)a ^ (int64_t)b);
}

double expr_binary_value(enum expr_op op, double a, double b)
{
	switch (op) {
	case EXPR_OP_MULTIPLY:
		return a * b;
	case EXPR_OP_DIVIDE:
		return b != 0 ? a / b : 0;
	case EXPR_OP_ADD:
		return a + b;
	case EXPR_OP_SUBTRACT:
		return a - b;
	case EXPR_OP_LESS:
		return a < b;
	case EXPR_OP_LESS_EQUAL:
		return a <= b;
	case EXPR_OP_GREATER:
		return a > b;
	case EXPR_OP_GREATER_EQUAL:
		return a >= b;
	case EXPR_OP_EQUAL:
		return a == b;
	case EXPR_OP_NOT_EQUAL:
		return a != b;
	case EXPR_OP_XOR:
		return exclusive_or(a, b);
	case EXPR_OP_AND:
		return a != 0 ? b : a;
	default:
		return a != 0 ? a : b;
	}
}
