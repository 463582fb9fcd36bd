/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stacks for PCRE2's machine code, used again: a message may need several matchers for a moment,
 * and mapping the memory of a stack costs more than most of them do. Thread-safe.
 */
#ifndef RULES_REGEX_JIT_STACK_H
#define RULES_REGEX_JIT_STACK_H

/* PCRE2's pcre2_jit_stack. */
struct pcre2_real_jit_stack_8;

/* For one matcher at a time, until jit_stack_leave(). Never NULL. */
struct pcre2_real_jit_stack_8 *jit_stack_take(void);
/* NULL is allowed. */
void jit_stack_leave(struct pcre2_real_jit_stack_8 *stack);

#endif
