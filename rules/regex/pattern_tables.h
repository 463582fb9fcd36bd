/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What patterns take for upper and lower case. SpamAssassin compiles rules with Perl's /aa: classes
 * such as \w are ASCII, while /i folds bytes as the characters of ISO 8859-1 that they are, so
 * \xE3 matches \xC3. The same tables serve PCRE2 and whatever is read from patterns. Thread-safe.
 */
#ifndef RULES_REGEX_PATTERN_TABLES_H
#define RULES_REGEX_PATTERN_TABLES_H

/* The same letter in the other case, or the byte itself. */
unsigned char pattern_other_case(unsigned char byte);

/* PCRE2's character tables, for pcre2_set_character_tables(); never freed. */
const unsigned char *pattern_tables(void);

#endif
