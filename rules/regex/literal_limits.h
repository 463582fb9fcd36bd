/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which literals are worth looking for in texts. */
#ifndef RULES_REGEX_LITERAL_LIMITS_H
#define RULES_REGEX_LITERAL_LIMITS_H

/* Shorter literals occur everywhere. */
#define LITERAL_MIN_LEN 3
/* More alternatives than this are not worth looking for. */
#define LITERAL_MAX_COUNT 96

#endif
