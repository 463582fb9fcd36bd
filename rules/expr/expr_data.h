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

enum op {
	OP_NUMBER,
	OP_SLOT,
	OP_SUM, /* of slots: sums of many are common, and cheap this way */
	OP_NEGATE,
	OP_NOT,
	OP_MULTIPLY,
	OP_DIVIDE,
	OP_ADD,
	OP_SUBTRACT,
	OP_LESS,
	OP_LESS_EQUAL,
	OP_GREATER,
	OP_GREATER_EQUAL,
	OP_EQUAL,
	OP_NOT_EQUAL,
	OP_XOR,
	OP_AND,
	OP_OR,
	OP_CHOOSE,
};

struct step {
	enum op op;
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
enum tristate_op {
	TRISTATE_OP_SLOT,
	TRISTATE_OP_NOT_SLOT,
	TRISTATE_OP_RANGE,
	TRISTATE_OP_NOT,
	TRISTATE_OP_AND,
	TRISTATE_OP_OR,
};

struct tristate_step {
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
	vec_of(struct step) steps;
	vec_of(size_t) slots; /* in the order in which steps read them */
	vec_of(struct tristate_step) tristate_steps;
};

/* Fills expr->tristate_steps. */
void expr_tristate_compile(struct arena *arena, struct expr *expr);

/* What an operator of two values gives. */
double expr_binary_value(enum op op, double a, double b);

#endif
