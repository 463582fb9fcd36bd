/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Characters of ASCII, never of the locale. Pure; thread-safe. */
#ifndef BASE_CHAR_H
#define BASE_CHAR_H

#include <stdbool.h>

static inline bool char_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline char char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}
static inline bool char_is_alpha(char c)
{
	return char_lower(c) >= 'a' && char_lower(c) <= 'z';
}
static inline bool char_is_alnum(char c)
{
	return char_is_alpha(c) || char_is_digit(c);
}
/* The value of a hexadecimal digit, or -1. */
static inline int char_hex_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
