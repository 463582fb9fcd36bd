/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For what libraries allocate, who tell of a lack of memory: as memory.h does it for our own. */
#ifndef BASE_MEMORY_INSIST_H
#define BASE_MEMORY_INSIST_H

/* To be called when an allocation has failed, with 0, and with one more each time that it fails
 * again: returns when it may succeed. Where that takes too long, says so and aborts. Thread-safe.
 */
void memory_wait(unsigned tries);

/* The expression's value, evaluated again until it isn't NULL. */
#define MEMORY_INSIST(expression)                                                                  \
	({                                                                                         \
		__typeof__(expression) object_;                                                    \
		for (unsigned tries_ = 0; (object_ = (expression)) == NULL; tries_++)              \
			memory_wait(tries_);                                                       \
		object_;                                                                           \
	})

#endif
