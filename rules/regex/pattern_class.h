/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of bytes in patterns, such as [a-z\d[:punct:]], and bytes in either case. Pure. */
#ifndef RULES_REGEX_PATTERN_CLASS_H
#define RULES_REGEX_PATTERN_CLASS_H

#include "base/str.h"
#include "rules/regex/byte_set.h"
#include "rules/regex/pattern_flags.h"

/* Adds the other case of its letters. */
void pattern_class_fold(struct byte_set *set);
/*
 * Reads what follows "[", to the end of the class. False where it isn't understood. The set may be
 * larger than the class where that holds a Unicode property.
 */
bool pattern_class_read(struct str *rest, const struct pattern_flags *flags,
                        struct byte_set *set_r);

#endif
