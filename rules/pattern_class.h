/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Classes of bytes in patterns: [a-z\d], \w, and the flags that change what they mean. For
 * pattern_tree.c, and for bytes in any case. Pure.
 */
#ifndef RULES_PATTERN_CLASS_H
#define RULES_PATTERN_CLASS_H

#include "rules/pattern_tree.h"

struct pattern_flags {
	bool caseless; /* i */
	bool dotall;   /* s */
	bool extended; /* x */
};

/* One letter of (?imsx-imsx); false for one that isn't understood. */
bool pattern_flag_set(struct pattern_flags *flags, char letter, bool on);
/* Adds the other case of its letters. */
void pattern_class_fold(struct byte_set *set);
/* Reads what follows a backslash and stands for one byte; false where it does not. */
bool pattern_class_escape(struct str *rest, bool in_class, struct byte_set *set_r);
/* Reads what follows "[", to the end of the class; false where it isn't understood. */
bool pattern_class_read(struct str *rest, const struct pattern_flags *flags,
                        struct byte_set *set_r);

#endif
