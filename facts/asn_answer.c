/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/asn_answer.h"

/* Fields behind the second say nothing that is wanted, but for a mask. */
#define FIELDS_MAX 3

struct fields {
	struct str items[FIELDS_MAX];
	size_t count;
};

static void add_field(struct fields *fields, struct str field)
{
	if (fields->count < FIELDS_MAX)
		fields->items[fields->count++] = field;
}

/* "1103" "192.88.99.0" "24": a string each. */
static void take_strings(struct arena *arena, const struct dns_record *record,
                         struct fields *fields)
{
	uint64_t bits;
	struct str string;
	size_t at = 0;

	while (dns_record_next_string(record, &at, &string))
		add_field(fields, string);
	if (fields->count == FIELDS_MAX && str_find_char(fields->items[1], '/') < 0 &&
	    str_to_uint(fields->items[2], UINT32_MAX, &bits))
		fields->items[1] = arena_printf(arena, "%.*s/%.*s", STR_FMT(fields->items[1]),
		                                STR_FMT(fields->items[2]));
}

/* "559 1103 | 192.88.99.0/24 | …", in one string or in several. */
static void take_pieces(struct arena *arena, const struct dns_record *record, struct fields *fields)
{
	struct str text = STR(""), string, piece;
	size_t at = 0;

	while (dns_record_next_string(record, &at, &string))
		text = text.len == 0
		               ? string
		               : arena_printf(arena, "%.*s %.*s", STR_FMT(text), STR_FMT(string));
	while (str_next_piece(&text, '|', &piece))
		add_field(fields, str_trim(piece));
}

/* Digits, "AS" before them or not; what is behind "AS". */
static bool is_number(struct str word, struct str *digits_r)
{
	*digits_r = str_starts_ci(word, STR("AS")) ? str_from_offset(word, 2) : word;
	for (size_t i = 0; i < digits_r->len; i++)
		if (!char_is_digit(digits_r->data[i]))
			return false;
	return digits_r->len > 0;
}

static bool are_numbers(struct str words)
{
	struct str word, digits;
	bool any = false;

	while (str_next_word(&words, &word)) {
		if (!is_number(word, &digits))
			return false;
		any = true;
	}
	return any;
}

static bool is_zero(struct str digits)
{
	for (size_t i = 0; i < digits.len; i++)
		if (digits.data[i] != '0')
			return false;
	return true;
}

static void add_numbers(struct arena *arena, struct str words, struct asn_answer *answer)
{
	struct str word, digits;

	while (str_next_word(&words, &word))
		if (is_number(word, &digits) && !is_zero(digits) &&
		    !str_eq(digits, STR("4294967295")))
			vec_push(arena, &answer->numbers, digits);
}

static void add_routes(struct arena *arena, struct str words, struct asn_answer *answer)
{
	struct str word;

	while (str_next_word(&words, &word)) {
		ptrdiff_t slash = str_find_char(word, '/');

		if (slash < 0 || !is_zero(str_from_offset(word, (size_t)slash + 1)))
			vec_push(arena, &answer->routes, word);
	}
}

void asn_answer_read(struct arena *arena, const struct dns_record *record,
                     struct asn_answer *answer)
{
	struct fields fields = { .count = 0 };
	size_t number = 0;

	if (record->strings.len > 0 && str_find_char(record->data, '|') < 0)
		take_strings(arena, record, &fields);
	else
		take_pieces(arena, record, &fields);
	while (number < 2 && number < fields.count && !are_numbers(fields.items[number]))
		number++;
	if (number >= 2 || number >= fields.count)
		return;
	add_numbers(arena, fields.items[number], answer);
	if (fields.count >= 2)
		add_routes(arena, fields.items[1 - number], answer);
}
