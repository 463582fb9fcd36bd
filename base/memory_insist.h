/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For what libraries allocate, who tell of a lack of memory: as memory.h does it for our own. */
#ifndef BASE_MEMORY_INSIST_H
#define BASE_MEMORY_INSIST_H

/* To be called when an allocation has failed, with 0, and with one more each time that it fails
 * again: returns when it may succeed. Where that takes too long, says so and aborts. Thread-safe.
 */
void memory_wait(unsigned tries);

/* Evaluates the condition, that memory was lacking, until it is false. */
#define MEMORY_WAIT_WHILE(lacking)                                                                 \
	do {                                                                                       \
		for (unsigned tries_ = 0; (lacking); tries_++)                                     \
			memory_wait(tries_);                                                       \
	} while (0)

/* The expression's value, evaluated again until it isn't NULL. */
#define MEMORY_INSIST(expression)                                                                  \
	({                                                                                         \
		__typeof__(expression) object_;                                                    \
		MEMORY_WAIT_WHILE((object_ = (expression)) == NULL);                               \
		object_;                                                                           \
	})

#endif
