/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/pattern_class.h"

#include <string.h>

#include "rules/regex/pattern_escape.h"

/* A class while it is read. */
struct class_reader {
	struct str rest;
	const struct pattern_flags *flags;
	struct byte_set set;
	bool any;      /* with a member of which it isn't known which bytes it has */
	bool quoted;   /* after \Q */
	int last;      /* the byte that a hyphen would make the start of a range, or -1 */
	bool in_range; /* after that hyphen */
};

/* Adds to the two halves of a word, which are one alphabet in both cases, what the other has. */
static void fold_halves(uint64_t *word, uint64_t letters)
{
	uint64_t either = (*word | *word >> 32) & letters;

	*word |= either | either << 32;
}

/* As pattern_other_case() does for each byte. */
void pattern_class_fold(struct byte_set *set)
{
	const uint64_t ascii = UINT64_C(0x07fffffe); /* A to Z, at 0x40 */
	const uint64_t latin = UINT64_C(0x7f7fffff); /* at 0xc0, without 0xd7 and 0xdf */

	fold_halves(&set->bits[1], ascii);
	fold_halves(&set->bits[3], latin);
}

static void add_range(struct byte_set *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		byte_set_add(set, (unsigned char)c);
}

static bool take(struct class_reader *reader, const char *text)
{
	struct str expected = str_from(text);

	if (!str_starts(reader->rest, expected))
		return false;
	reader->rest = str_from_offset(reader->rest, expected.len);
	return true;
}

/* The bytes of a POSIX class; false for an unknown name. */
static bool posix_class(struct str name, struct byte_set *set)
{
	static const struct {
		struct str name;
		const char *ranges; /* from and to, in pairs */
	} classes[] = {
		{ STR_INIT("alpha"), "azAZ" },     { STR_INIT("alnum"), "azAZ09" },
		{ STR_INIT("digit"), "09" },       { STR_INIT("lower"), "az" },
		{ STR_INIT("upper"), "AZ" },       { STR_INIT("xdigit"), "afAF09" },
		{ STR_INIT("word"), "azAZ09__" },  { STR_INIT("space"), "  \t\r" },
		{ STR_INIT("blank"), "  \t\t" },   { STR_INIT("punct"), "!/:@[`{~" },
		{ STR_INIT("print"), " ~" },       { STR_INIT("graph"), "!~" },
		{ STR_INIT("ascii"), "\x01\x7f" }, { STR_INIT("cntrl"), "\x01\x1f\x7f\x7f" },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!str_eq(name, classes[i].name))
			continue;
		for (const char *r = classes[i].ranges; *r != '\0'; r += 2)
			add_range(set, (unsigned char)r[0], (unsigned char)r[1]);
		if (str_eq(name, STR("cntrl")) || str_eq(name, STR("ascii")))
			byte_set_add(set, 0);
		return true;
	}
	return false;
}

/* "[:alpha:]" or "[:^alpha:]"; false, with nothing read, for a mere "[". */
static bool read_posix(struct class_reader *reader)
{
	struct str rest = str_from_offset(reader->rest, 2), name;
	struct byte_set set = { 0 };
	bool negated = str_starts(rest, STR("^"));
	ptrdiff_t end;

	if (!str_starts(reader->rest, STR("[:")))
		return false;
	end = str_find(rest, STR(":]"));
	if (end < negated)
		return false;
	name = str_from_offset(str_prefix(rest, (size_t)end), negated);
	/* Without regard to case both are all letters, also where they are negated. */
	if (reader->flags->caseless && (str_eq(name, STR("lower")) || str_eq(name, STR("upper"))))
		name = STR("alpha");
	if (!posix_class(name, &set))
		return false;
	if (negated)
		byte_set_negate(&set);
	byte_set_join(&reader->set, &set);
	reader->last = -1;
	reader->rest = str_from_offset(rest, (size_t)end + 2);
	return true;
}

static void add_byte(struct class_reader *reader, int byte)
{
	if (reader->in_range)
		add_range(&reader->set, (unsigned)reader->last, (unsigned)byte);
	byte_set_add(&reader->set, (unsigned char)byte);
	reader->last = reader->in_range ? -1 : byte;
	reader->in_range = false;
}

static bool read_escape(struct class_reader *reader)
{
	struct pattern_escape escape;

	if (!pattern_escape_read(&reader->rest, true, &escape))
		return false;
	if (escape.byte >= 0) {
		add_byte(reader, escape.byte);
		return true;
	}
	byte_set_join(&reader->set, &escape.set);
	reader->any = reader->any || escape.any;
	reader->last = -1;
	/* A range to a set is none, and an error to PCRE2. */
	return !reader->in_range;
}

static bool take_char(struct class_reader *reader)
{
	add_byte(reader, (unsigned char)reader->rest.data[0]);
	reader->rest = str_from_offset(reader->rest, 1);
	return true;
}

/* Spaces and tabs, with xx. */
static bool take_blank(struct class_reader *reader)
{
	return reader->flags->extended_more && (take(reader, " ") || take(reader, "\t"));
}

static bool read_backslash(struct class_reader *reader)
{
	if (take(reader, "\\E")) {
		reader->quoted = false;
		return true;
	}
	if (reader->quoted)
		return take_char(reader);
	if (take(reader, "\\Q")) {
		reader->quoted = true;
		return true;
	}
	return take(reader, "\\") && read_escape(reader);
}

static bool read_item(struct class_reader *reader)
{
	char c = reader->rest.data[0];

	if (c == '\\')
		return read_backslash(reader);
	if (reader->quoted)
		return take_char(reader);
	if ((c == '[' && read_posix(reader)) || take_blank(reader))
		return true;
	if (c == '-' && reader->last >= 0 && !reader->in_range) {
		reader->rest = str_from_offset(reader->rest, 1);
		reader->in_range = true;
		return true;
	}
	return take_char(reader);
}

/* What stands before the first member. */
static bool read_negation(struct class_reader *reader)
{
	bool negated = false;

	while (take(reader, "\\E") || take(reader, "\\Q\\E") || take_blank(reader) ||
	       (!negated && (negated = take(reader, "^"))))
		;
	return negated;
}

bool pattern_class_read(struct str *rest, const struct pattern_flags *flags, struct byte_set *set_r)
{
	struct class_reader reader = { .rest = *rest, .flags = flags, .last = -1 };
	bool negated = read_negation(&reader);

	/* A "]" in the first place is a member. */
	if (str_starts(reader.rest, STR("]")))
		take_char(&reader);
	while (reader.rest.len > 0 && (reader.quoted || reader.rest.data[0] != ']'))
		if (!read_item(&reader))
			return false;
	if (!take(&reader, "]"))
		return false;
	if (reader.in_range)
		byte_set_add(&reader.set, '-');
	if (flags->caseless)
		pattern_class_fold(&reader.set);
	if (negated)
		byte_set_negate(&reader.set);
	if (reader.any)
		reader.set = byte_set_everything();
	*set_r = reader.set;
	*rest = reader.rest;
	return true;
}
