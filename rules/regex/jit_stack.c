/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/jit_stack.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>

#include "base/memory_insist.h"

#define STACK_START (32 * 1024)
#define STACK_MAX   (1024 * 1024)
/* That are kept while nobody uses them. */
#define SPARE 8

static _Atomic(pcre2_jit_stack *) spare[SPARE];

pcre2_jit_stack *jit_stack_take(void)
{
	pcre2_jit_stack *stack;

	for (size_t i = 0; i < SPARE; i++) {
		stack = atomic_exchange(&spare[i], NULL);
		if (stack != NULL)
			return stack;
	}
	return MEMORY_INSIST(pcre2_jit_stack_create(STACK_START, STACK_MAX, NULL));
}

void jit_stack_leave(pcre2_jit_stack *stack)
{
	for (size_t i = 0; i < SPARE && stack != NULL; i++)
		stack = atomic_exchange(&spare[i], stack);
	pcre2_jit_stack_free(stack);
}
