/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IS_SANITIZED where a sanitizer has the memory: it takes terabytes of addresses, and under a limit
 * of them it can allocate nothing.
 */
#ifndef TESTS_UNIT_SANITIZED_H
#define TESTS_UNIT_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED
#endif
#endif

#endif
