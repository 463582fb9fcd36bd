/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/decimal.h"

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

/* After it. */
static char *put_number(char *to, unsigned value)
{
	char digits[10];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	while (count > 0)
		*to++ = digits[--count];
	return to;
}

const char *decimal_format(int32_t thousandths, char text[DECIMAL_TEXT_SIZE])
{
	unsigned value = (unsigned)abs(thousandths);
	char *end = text;

	if (thousandths < 0)
		*end++ = '-';
	end = put_number(end, value / 1000);
	value %= 1000;
	if (value > 0)
		*end++ = '.';
	for (unsigned unit = 100; value > 0; unit /= 10) {
		*end++ = (char)('0' + value / unit);
		value %= unit;
	}
	*end = '\0';
	return text;
}

const char *decimal_format_short(int32_t thousandths, char text[DECIMAL_TEXT_SIZE])
{
	int32_t tenths = (thousandths + (thousandths < 0 ? -50 : 50)) / 100;

	unsigned value = (unsigned)abs(tenths);
	char *end = text;

	if (tenths < 0)
		*end++ = '-';
	end = put_number(end, value / 10);
	*end++ = '.';
	*end++ = (char)('0' + value % 10);
	*end = '\0';
	return text;
}

int32_t decimal_add(int32_t a, int32_t b)
{
	int64_t sum = (int64_t)a + b;

	if (sum > DECIMAL_MAX)
		return DECIMAL_MAX;
	return sum < -DECIMAL_MAX ? -DECIMAL_MAX : (int32_t)sum;
}
