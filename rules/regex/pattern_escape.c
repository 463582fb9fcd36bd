/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/pattern_escape.h"

#include <string.h>

static bool take(struct str *rest, char c)
{
	if (rest->len == 0 || rest->data[0] != c)
		return false;
	*rest = str_from_offset(*rest, 1);
	return true;
}

static void add_range(struct byte_set *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		byte_set_add(set, (unsigned char)c);
}

static void add_each(struct byte_set *set, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		byte_set_add(set, (unsigned char)*bytes);
}

/* \d \w \s \h \v \N, and in capitals all others. */
static bool class_letter(char letter, struct byte_set *set)
{
	switch (letter == 'N' ? 'N' : char_lower(letter)) {
	case 'd':
		add_range(set, '0', '9');
		break;
	case 'w':
		add_range(set, '0', '9');
		add_range(set, 'a', 'z');
		add_range(set, 'A', 'Z');
		add_each(set, "_");
		break;
	case 's':
		add_each(set, " \t\n\v\f\r");
		break;
	case 'h':
		add_each(set, " \t\xa0");
		break;
	case 'v':
		add_each(set, "\n\v\f\r\x85");
		break;
	case 'N':
		add_each(set, "\n");
		break;
	default:
		return false;
	}
	if (letter != char_lower(letter))
		byte_set_negate(set);
	return true;
}

/* Up to `max` digits. False where the value is no byte. */
static bool read_digits(struct str *rest, unsigned base, int max, unsigned *value)
{
	for (int i = 0; i < max && rest->len > 0; i++) {
		int digit = char_hex_value(rest->data[0]);

		if (digit < 0 || digit >= (int)base)
			break;
		*value = *value * base + (unsigned)digit;
		if (*value > 255)
			return false;
		*rest = str_from_offset(*rest, 1);
	}
	return true;
}

static bool read_in_braces(struct str *rest, unsigned base, unsigned *value)
{
	return read_digits(rest, base, INT32_MAX, value) && take(rest, '}');
}

/* After "\c": a printable character, of which the control character is asked for. */
static bool read_control(struct str *rest, unsigned *value)
{
	char c = rest->len > 0 ? rest->data[0] : '\0';

	if (c < ' ' || c > '~')
		return false;
	*rest = str_from_offset(*rest, 1);
	*value = (unsigned char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) ^ 0x40;
	return true;
}

/* The value of an escape that stands for one byte. */
static bool read_value(struct str *rest, char letter, bool in_class, unsigned *value)
{
	static const char letters[] = "tnrfae", bytes[] = "\t\n\r\f\a\033";
	const char *known = memchr(letters, letter, sizeof(letters) - 1);

	*value = 0;
	if (known != NULL)
		*value = (unsigned char)bytes[known - letters];
	else if (letter == 'b' && in_class)
		*value = '\b';
	else if (letter == 'x')
		return take(rest, '{') ? read_in_braces(rest, 16, value)
		                       : read_digits(rest, 16, 2, value);
	else if (letter == 'o')
		return take(rest, '{') && read_in_braces(rest, 8, value);
	else if (letter == 'c')
		return read_control(rest, value);
	else if (letter >= '0' && letter <= '7') {
		*value = (unsigned)(letter - '0');
		return read_digits(rest, 8, 2, value);
	} else if (char_is_alpha(letter))
		return false;
	else
		*value = (unsigned char)letter;
	return true;
}

/* After "\p" or "\P". */
static bool skip_property(struct str *rest)
{
	ptrdiff_t end = take(rest, '{') ? str_find_char(*rest, '}') : 0;

	if (end < 0 || (size_t)end >= rest->len)
		return false;
	*rest = str_from_offset(*rest, (size_t)end + 1);
	return true;
}

bool pattern_escape_read(struct str *rest, bool in_class, struct pattern_escape *escape_r)
{
	unsigned value;
	char letter;

	*escape_r = (struct pattern_escape){ .byte = -1 };
	if (rest->len == 0)
		return false;
	letter = rest->data[0];
	*rest = str_from_offset(*rest, 1);
	if (letter == 'p' || letter == 'P') {
		escape_r->any = true;
		byte_set_negate(&escape_r->set);
		return skip_property(rest);
	}
	/* \N{…} is a character by its name, unless it is \N and a quantifier. */
	if (letter == 'N' && (in_class || str_starts(*rest, STR("{U"))))
		return false;
	if (class_letter(letter, &escape_r->set))
		return true;
	if (!read_value(rest, letter, in_class, &value))
		return false;
	escape_r->byte = (int)value;
	byte_set_add(&escape_r->set, (unsigned char)value);
	return true;
}
