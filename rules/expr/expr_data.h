/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The postfix code of an expression, for the files expr*.c only: expr.c writes it, nothing changes
 * it after that.
 */
#ifndef RULES_EXPR_EXPR_DATA_H
#define RULES_EXPR_EXPR_DATA_H

#include "base/vec.h"

/* Parentheses, operators and ?: that may be open at once; also bounds the evaluation's stack. */
#define EXPR_MAX_DEPTH 200

enum expr_op {
	EXPR_OP_NUMBER,
	EXPR_OP_SLOT,
	EXPR_OP_SUM, /* of slots: sums of many are common, and cheap this way */
	EXPR_OP_NEGATE,
	EXPR_OP_NOT,
	EXPR_OP_MULTIPLY,
	EXPR_OP_DIVIDE,
	EXPR_OP_ADD,
	EXPR_OP_SUBTRACT,
	EXPR_OP_LESS,
	EXPR_OP_LESS_EQUAL,
	EXPR_OP_GREATER,
	EXPR_OP_GREATER_EQUAL,
	EXPR_OP_EQUAL,
	EXPR_OP_NOT_EQUAL,
	EXPR_OP_XOR,
	EXPR_OP_AND,
	EXPR_OP_OR,
	EXPR_OP_CHOOSE,
};

struct expr_step {
	enum expr_op op;
	unsigned size;   /* steps of it and its operands, which stand before it */
	unsigned joined; /* of the first operand of an && or ||: the number of that; else 0 */
	union {
		size_t slot;
		double number;
		struct {
			uint32_t first, count;
		} sum; /* in expr->slots */
	};
};

/* The same for expr_tristate() alone: what is no logic is one step. */
enum expr_tristate_op {
	EXPR_TRISTATE_SLOT,
	EXPR_TRISTATE_NOT_SLOT,
	EXPR_TRISTATE_RANGE,
	EXPR_TRISTATE_NOT,
	EXPR_TRISTATE_AND,
	EXPR_TRISTATE_OR,
};

struct expr_tristate_step {
	uint8_t op;
	uint8_t decisive; /* enum tristate; where this step is that, so is step `joined` */
	uint32_t joined;
	union {
		uint32_t slot;
		uint32_t first; /* of && and ||: the last step of the first operand */
		struct {
			uint32_t first, last; /* of the value's steps */
		} range;
	};
};

struct expr {
	vec_of(struct expr_step) steps;
	vec_of(size_t) slots; /* in the order in which steps read them */
	vec_of(struct expr_tristate_step) tristate_steps;
};

/* Fills expr->tristate_steps. */
void expr_tristate_compile(struct arena *arena, struct expr *expr);

/* What an operator of two values gives. */
double expr_binary_value(enum expr_op op, double a, double b);

#endif
