/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/pattern_class.h"

#include <string.h>

bool pattern_flag_set(struct pattern_flags *flags, char letter, bool on)
{
	switch (letter) {
	case '^':
		*flags = (struct pattern_flags){ 0 };
		return true;
	case 'i':
		flags->caseless = on;
		return true;
	case 's':
		flags->dotall = on;
		return true;
	case 'x':
		/* Twice would change what spaces in classes mean. */
		if (on && flags->extended)
			return false;
		flags->extended = on;
		return true;
	default:
		return letter != '\0' && strchr("mnJUa", letter) != NULL;
	}
}

void pattern_class_fold(struct byte_set *set)
{
	const uint64_t alphabet = (UINT64_C(1) << 26) - 1;
	uint64_t *word = &set->bits[1]; /* has all of them */
	uint64_t letters = (*word >> ('A' - 64) | *word >> ('a' - 64)) & alphabet;

	*word |= letters << ('A' - 64) | letters << ('a' - 64);
}

static void negate(struct byte_set *set)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] = ~set->bits[i];
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

/* \d \w \s \h \v, and in capitals all others. */
static bool class_letter(char letter, struct byte_set *set_r)
{
	struct byte_set set = { 0 };

	switch (char_lower(letter)) {
	case 'd':
		add_range(&set, '0', '9');
		break;
	case 'w':
		add_range(&set, '0', '9');
		add_range(&set, 'a', 'z');
		add_range(&set, 'A', 'Z');
		add_each(&set, "_");
		break;
	case 's':
		add_each(&set, " \t\n\v\f\r");
		break;
	case 'h':
		add_each(&set, " \t\xa0");
		break;
	case 'v':
		add_each(&set, "\n\v\f\r\x85");
		break;
	default:
		return false;
	}
	if (letter != char_lower(letter))
		negate(&set);
	*set_r = set;
	return true;
}

/* Behind "\x": two digits at most, or any in braces. False for what is no byte. */
static bool read_hex(struct str *rest, unsigned *value_r)
{
	bool braces = rest->len > 0 && rest->data[0] == '{';
	unsigned value = 0;

	*rest = str_from_offset(*rest, braces);
	for (int i = 0; (braces || i < 2) && rest->len > 0; i++) {
		int digit = char_hex_value(rest->data[0]);

		if (digit < 0)
			break;
		value = value * 16 + (unsigned)digit;
		if (value > 255)
			return false;
		*rest = str_from_offset(*rest, 1);
	}
	*value_r = value;
	if (!braces)
		return true;
	if (rest->len == 0 || rest->data[0] != '}')
		return false;
	*rest = str_from_offset(*rest, 1);
	return true;
}

static bool read_octal(struct str *rest, char first, unsigned *value_r)
{
	unsigned value = (unsigned)(first - '0');

	for (int i = 0; i < 2 && rest->len > 0 && rest->data[0] >= '0' && rest->data[0] <= '7';
	     i++) {
		value = value * 8 + (unsigned)(rest->data[0] - '0');
		*rest = str_from_offset(*rest, 1);
	}
	*value_r = value;
	return value <= 255;
}

bool pattern_class_escape(struct str *rest, bool in_class, struct byte_set *set_r)
{
	static const char letters[] = "tnrfae", bytes[] = "\t\n\r\f\a\033";
	const char *known;
	unsigned value;
	char letter;

	*set_r = (struct byte_set){ 0 };
	if (rest->len == 0)
		return false;
	letter = rest->data[0];
	*rest = str_from_offset(*rest, 1);
	if (class_letter(letter, set_r))
		return true;
	known = memchr(letters, letter, sizeof(letters) - 1);
	if (known != NULL)
		value = (unsigned char)bytes[known - letters];
	else if (letter == 'b' && in_class)
		value = '\b';
	else if (letter == 'x' || (letter >= '0' && letter <= '7')) {
		if (letter == 'x' ? !read_hex(rest, &value) : !read_octal(rest, letter, &value))
			return false;
	} else if (letter == 'N' && !in_class && !str_starts(*rest, STR("{U"))) {
		add_range(set_r, 0, 255);
		return true;
	} else if (!char_is_alnum(letter)) {
		value = (unsigned char)letter;
	} else {
		return false;
	}
	byte_set_add(set_r, (unsigned char)value);
	return true;
}

/* "[:alpha:]" in a class. Every byte that isn't ASCII is in none but the negated ones. */
static bool read_posix(struct str *rest, struct byte_set *set)
{
	static const struct {
		struct str name;
		const char *ranges; /* from and to, in pairs */
	} classes[] = {
		{ STR_INIT("alpha"), "azAZ" },
		{ STR_INIT("alnum"), "azAZ09" },
		{ STR_INIT("digit"), "09" },
		{ STR_INIT("lower"), "az" },
		{ STR_INIT("upper"), "AZ" },
		{ STR_INIT("xdigit"), "afAF09" },
		{ STR_INIT("word"), "azAZ09__" },
		{ STR_INIT("space"), "  \t\r" },
		{ STR_INIT("blank"), "  \t\t" },
		{ STR_INIT("punct"), "!/:@[`{~" },
		{ STR_INIT("print"), " ~" },
		{ STR_INIT("graph"), "!~" },
		{ STR_INIT("cntrl"), "\x01\x1f\x7f\x7f" },
	};
	ptrdiff_t end = str_find(*rest, STR(":]"));
	struct str name = str_prefix(str_from_offset(*rest, 1), end < 1 ? 0 : (size_t)end - 1);
	bool negated = name.len > 0 && name.data[0] == '^';
	struct byte_set found = { 0 };

	name = str_from_offset(name, negated);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!str_eq(name, classes[i].name))
			continue;
		for (const char *r = classes[i].ranges; *r != '\0'; r += 2)
			add_range(&found, (unsigned char)r[0], (unsigned char)r[1]);
		if (str_eq(name, STR("cntrl")))
			byte_set_add(&found, 0);
		if (negated)
			negate(&found);
		byte_set_join(set, &found);
		*rest = str_from_offset(*rest, (size_t)end + 2);
		return true;
	}
	return false;
}

/* One byte, or what a backslash stands for. *value_r is the byte, or -1 where it is a set. */
static bool read_member(struct str *rest, struct byte_set *set_r, int *value_r)
{
	char c = rest->data[0];

	*rest = str_from_offset(*rest, 1);
	*set_r = (struct byte_set){ 0 };
	*value_r = -1;
	if (c != '\\') {
		byte_set_add(set_r, (unsigned char)c);
		*value_r = (unsigned char)c;
		return true;
	}
	if (!pattern_class_escape(rest, true, set_r))
		return false;
	*value_r = byte_set_only(set_r);
	return true;
}

/* One member, or a range of them. */
static bool read_item(struct str *rest, struct byte_set *set)
{
	struct byte_set member, end;
	struct str behind;
	int from, to;

	if (str_starts(*rest, STR("[:")) && str_find(*rest, STR(":]")) > 0) {
		*rest = str_from_offset(*rest, 1);
		return read_posix(rest, set);
	}
	if (str_starts(*rest, STR("[.")) || str_starts(*rest, STR("[=")))
		return false;
	if (!read_member(rest, &member, &from))
		return false;
	byte_set_join(set, &member);
	if (from < 0 || rest->len < 2 || rest->data[0] != '-' || rest->data[1] == ']')
		return true;
	behind = str_from_offset(*rest, 1);
	if (str_starts(behind, STR("[:")) || !read_member(&behind, &end, &to))
		return false;
	/* "a-\d" is a, - and the digits. */
	if (to < 0) {
		byte_set_add(set, '-');
		byte_set_join(set, &end);
	} else {
		add_range(set, (unsigned)from, (unsigned)to);
	}
	*rest = behind;
	return true;
}

bool pattern_class_read(struct str *rest, const struct pattern_flags *flags, struct byte_set *set_r)
{
	bool negated = rest->len > 0 && rest->data[0] == '^', first = true;

	*set_r = (struct byte_set){ 0 };
	*rest = str_from_offset(*rest, negated);
	for (; rest->len > 0 && (first || rest->data[0] != ']'); first = false)
		if (!read_item(rest, set_r))
			return false;
	if (rest->len == 0)
		return false;
	*rest = str_from_offset(*rest, 1);
	if (flags->caseless)
		pattern_class_fold(set_r);
	if (negated)
		negate(set_r);
	return true;
}
