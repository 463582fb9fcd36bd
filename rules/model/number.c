/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/number.h"

#include <math.h>
#include <stdlib.h>

static size_t digits_at(struct str text, size_t at)
{
	size_t end = at;

	while (end < text.len && char_is_digit(text.data[end]))
		end++;
	return end - at;
}

static bool is_sign(struct str text, size_t at)
{
	return at < text.len && (text.data[at] == '-' || text.data[at] == '+');
}

/* "e5", "E-5" after the digits of a number; 0: none. */
static size_t exponent_at(struct str text, size_t at)
{
	size_t sign, digits;

	if (at >= text.len || char_lower(text.data[at]) != 'e')
		return 0;
	sign = is_sign(text, at + 1);
	digits = digits_at(text, at + 1 + sign);
	return digits > 0 ? 1 + sign + digits : 0;
}

/* Bytes of the number at the start of the text, without white space before it. */
static size_t number_len(struct str text)
{
	size_t at = is_sign(text, 0), whole = digits_at(text, at), fraction = 0;

	at += whole;
	if (at < text.len && text.data[at] == '.') {
		fraction = digits_at(text, at + 1);
		at += whole + fraction > 0 ? 1 + fraction : 0;
	}
	return whole + fraction > 0 ? at + exponent_at(text, at) : 0;
}

/* "12", "-0.25": digits that fit a double exactly, so the quotient is the nearest to the number. */
static bool read_plain(struct str text, double *value_r)
{
	bool negative = str_starts(text, STR("-")), point = false;
	double scale = 1;
	int64_t value = 0;

	if (text.len > 15)
		return false;
	for (size_t i = negative; i < text.len; i++) {
		if (text.data[i] == '.') {
			point = true;
			continue;
		}
		if (!char_is_digit(text.data[i]))
			return false;
		value = value * 10 + (text.data[i] - '0');
		scale *= point ? 10 : 1;
	}
	*value_r = (negative ? -(double)value : (double)value) / scale;
	return true;
}

/* "inf", "-Infinity" … */
static bool is_infinite(struct str text)
{
	text = str_from_offset(text, is_sign(text, 0));
	return str_eq_ci(text, STR("inf")) || str_eq_ci(text, STR("infinity"));
}

double number_read(struct str text, double otherwise)
{
	char copy[64];
	double value;

	text = str_trim(text);
	if (is_infinite(text))
		return text.data[0] == '-' ? -INFINITY : INFINITY;
	text.len = number_len(text);
	if (text.len == 0 || text.len >= sizeof(copy))
		return otherwise;
	if (read_plain(text, &value))
		return value;
	for (size_t i = 0; i < text.len; i++)
		copy[i] = text.data[i];
	copy[text.len] = '\0';
	return strtod(copy, NULL);
}

bool number_valid(struct str text)
{
	text = str_trim(text);
	return is_infinite(text) || (text.len > 0 && number_len(text) == text.len);
}
