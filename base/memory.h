/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * malloc and its kin for the few objects that live longer than a message and outside a policy.
 * They never return NULL: without memory the caller gets the reserve, then waits for what others
 * give back; where that takes too long, the program says so and aborts. Thread-safe; the result is
 * freed with free().
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *memory_alloc(size_t size);
void *memory_calloc(size_t count, size_t size);
void *memory_realloc(void *old, size_t size);
/* A copy of a C string. */
char *memory_strdup(const char *s);

/* Memory that is held back for when there is none left. `tell` is called when it comes into use and
 * when it is there again, by whichever thread finds that; it must take no memory itself. */
void memory_keep_reserve(size_t size, void (*tell)(bool is_short));
/* Refills it where it was used. For one thread. */
void memory_refill_reserve(void);
/* Whether the reserve is gone: no work that can wait should begin. */
bool memory_is_short(void);

/* Gives free memory back to the system: for when much was freed, as after rules were compiled.
 * Takes some milliseconds. */
void memory_trim(void);
/* The same, but only where the program has grown much since it was last trimmed. For one thread.
 */
void memory_trim_grown(void);

#endif
