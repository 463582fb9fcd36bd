/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which characters of Unicode make words. */
#ifndef RULES_REGEX_UNICODE_WORD_H
#define RULES_REGEX_UNICODE_WORD_H

#include <stdbool.h>
#include <stdint.h>

/* Is the character what Perl's \w matches in Unicode text? */
bool unicode_is_word(uint32_t code);

#endif
