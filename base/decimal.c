/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/decimal.h"

#include <stdio.h>
#include <stdlib.h>

static bool parse_fraction(struct str digits, int64_t *thousandths_r)
{
	int64_t value = 0, unit = 100;

	for (size_t i = 0; i < digits.len; i++) {
		int64_t digit = digits.data[i] - '0';

		if (!char_is_digit(digits.data[i]))
			return false;
		value += digit * unit;
		if (i == 3 && digit >= 5)
			value++;
		unit /= 10;
	}
	*thousandths_r = value;
	return true;
}

bool decimal_parse(struct str s, int32_t *thousandths_r)
{
	bool negative = s.len > 0 && s.data[0] == '-';
	struct str whole, fraction = STR("");
	int64_t value, part = 0;
	uint64_t units = 0;
	ptrdiff_t dot;

	if (negative || (s.len > 0 && s.data[0] == '+'))
		s = str_from_offset(s, 1);
	dot = str_find_char(s, '.');
	whole = dot < 0 ? s : str_prefix(s, (size_t)dot);
	if (dot >= 0)
		fraction = str_from_offset(s, (size_t)dot + 1);
	if (whole.len == 0 && fraction.len == 0)
		return false;
	if (whole.len > 0 && !str_to_uint(whole, DECIMAL_MAX / 1000, &units))
		return false;
	if (!parse_fraction(fraction, &part))
		return false;
	value = (int64_t)units * 1000 + part;
	if (value > DECIMAL_MAX)
		return false;
	*thousandths_r = (int32_t)(negative ? -value : value);
	return true;
}

const char *decimal_format(int32_t thousandths, char text[DECIMAL_TEXT_SIZE])
{
	int len = snprintf(text, DECIMAL_TEXT_SIZE, "%s%d.%03d", thousandths < 0 ? "-" : "",
	                   abs(thousandths / 1000), abs(thousandths % 1000));

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	return text;
}

const char *decimal_format_short(int32_t thousandths, char text[DECIMAL_TEXT_SIZE])
{
	int32_t tenths = (thousandths + (thousandths < 0 ? -50 : 50)) / 100;

	snprintf(text, DECIMAL_TEXT_SIZE, "%s%d.%d", tenths < 0 ? "-" : "", abs(tenths / 10),
	         abs(tenths % 10));
	return text;
}

int32_t decimal_add(int32_t a, int32_t b)
{
	int64_t sum = (int64_t)a + b;

	if (sum > DECIMAL_MAX)
		return DECIMAL_MAX;
	return sum < -DECIMAL_MAX ? -DECIMAL_MAX : (int32_t)sum;
}
