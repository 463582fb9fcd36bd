/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every unit test includes: cmocka with the headers it needs, and comparison of slices. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/* Fails with both texts where a slice differs from a C string. */
#define assert_str(actual, expected)                                                               \
	do {                                                                                       \
		struct str actual_ = (actual);                                                     \
		struct str expected_ = str_from(expected);                                         \
		if (!str_eq(actual_, expected_))                                                   \
			fail_msg("\"%.*s\" should be \"%.*s\"", STR_FMT(actual_),                  \
			         STR_FMT(expected_));                                              \
	} while (0)

#endif
