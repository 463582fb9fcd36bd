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

double expr_binary_value(enum op op, double a, double b)
{
	switch (op) {
	case OP_MULTIPLY:
		return a * b;
	case OP_DIVIDE:
		return b != 0 ? a / b : 0;
	case OP_ADD:
		return a + b;
	case OP_SUBTRACT:
		return a - b;
	case OP_LESS:
		return a < b;
	case OP_LESS_EQUAL:
		return a <= b;
	case OP_GREATER:
		return a > b;
	case OP_GREATER_EQUAL:
		return a >= b;
	case OP_EQUAL:
		return a == b;
	case OP_NOT_EQUAL:
		return a != b;
	case OP_XOR:
		return exclusive_or(a, b);
	case OP_AND:
		return a != 0 ? b : a;
	default:
		return a != 0 ? a : b;
	}
}
