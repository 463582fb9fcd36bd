/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_subtest.h"

static bool parse_hex(struct str text, uint32_t *number_r)
{
	*number_r = 0;
	if (text.len < 1 || text.len > 8)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = char_hex_value(text.data[i]);

		if (digit < 0)
			return false;
		*number_r = *number_r << 4 | (uint32_t)digit;
	}
	return true;
}

static bool parse_quad(struct str text, uint32_t *number_r)
{
	struct str piece;
	uint64_t octet;
	int count = 0;

	for (*number_r = 0; str_next_piece(&text, '.', &piece); count++) {
		if (piece.len > 3 || !str_to_uint(piece, 255, &octet))
			return false;
		*number_r = *number_r << 8 | (uint32_t)octet;
	}
	return count == 4;
}

static bool parse_number(struct str text, uint32_t *number_r, bool *is_address_r)
{
	uint64_t number;

	*is_address_r = str_find_char(text, '.') >= 0;
	if (*is_address_r)
		return parse_quad(text, number_r);
	if (str_starts_ci(text, STR("0x")))
		return parse_hex(str_from_offset(text, 2), number_r);
	if (!str_to_uint(text, UINT32_MAX, &number))
		return false;
	*number_r = (uint32_t)number;
	return true;
}

bool dns_subtest_parse(struct str text, struct dns_subtest *subtest_r)
{
	bool first_is_address, second_is_address;
	size_t end = 0;

	while (end < text.len && text.data[end] != '-' && text.data[end] != '/')
		end++;
	if (!parse_number(str_prefix(text, end), &subtest_r->first, &first_is_address))
		return false;
	if (end == text.len) {
		subtest_r->kind = first_is_address ? DNS_SUBTEST_RANGE : DNS_SUBTEST_BITS;
		subtest_r->second = subtest_r->first;
		return true;
	}
	subtest_r->kind = text.data[end] == '-' ? DNS_SUBTEST_RANGE : DNS_SUBTEST_MASK;
	return parse_number(str_from_offset(text, end + 1), &subtest_r->second, &second_is_address);
}

bool dns_subtest_matches(const struct dns_subtest *subtest, uint32_t address)
{
	switch (subtest->kind) {
	case DNS_SUBTEST_RANGE:
		return address >= subtest->first && address <= subtest->second;
	case DNS_SUBTEST_MASK:
		return (address & subtest->second) == (subtest->first & subtest->second);
	case DNS_SUBTEST_BITS:
		return (address & subtest->first) != 0 && address >> 24 == 127;
	}
	return false;
}

bool dns_subtest_is_outside_lists(const struct dns_subtest *subtest)
{
	switch (subtest->kind) {
	case DNS_SUBTEST_RANGE:
		return subtest->second >> 24 < 127 || subtest->first >> 24 > 127;
	case DNS_SUBTEST_MASK:
		return ((subtest->first >> 24 ^ 127) & subtest->second >> 24) != 0;
	case DNS_SUBTEST_BITS:
		return false;
	}
	return false;
}

uint32_t dns_subtest_address(struct str octets)
{
	const unsigned char *at = (const unsigned char *)octets.data;

	if (octets.len != 4)
		return 0;
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
