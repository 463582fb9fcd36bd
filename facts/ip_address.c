/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/ip_address.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_PREFIX 96

static const unsigned char v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

bool ip_is_v4(const struct ip_address *address)
{
	return memcmp(address->bytes, v4_mapped, sizeof(v4_mapped)) == 0;
}

/*
 * The numbers of an IPv4 address, up to four. With leading zeros it is no address: no mail server
 * writes them, and some read them as octal. 0 for what isn't one.
 */
size_t ip_read_numbers(struct str text, unsigned char numbers_r[4])
{
	size_t count = 0, i = 0;

	for (;; i++) {
		unsigned value = 0;
		size_t start = i;

		for (; i < text.len && char_is_digit(text.data[i]) && value <= 255; i++)
			value = value * 10 + (unsigned)(text.data[i] - '0');
		if (i == start || value > 255 || count == 4 ||
		    (i - start > 1 && text.data[start] == '0'))
			return 0;
		numbers_r[count++] = (unsigned char)value;
		if (i == text.len)
			return count;
		if (text.data[i] != '.')
			return 0;
	}
}

static bool parse_v4(struct str text, struct ip_address *address_r)
{
	memcpy(address_r->bytes, v4_mapped, sizeof(v4_mapped));
	return ip_read_numbers(text, address_r->bytes + 12) == 4;
}

static bool parse_v6(struct str text, struct ip_address *address_r)
{
	char buf[INET6_ADDRSTRLEN];
	ptrdiff_t scope = str_find_char(text, '%');

	if (scope >= 0)
		text = str_prefix(text, (size_t)scope);
	if (text.len >= sizeof(buf))
		return false;
	memcpy(buf, text.data, text.len);
	buf[text.len] = '\0';
	return strlen(buf) == text.len && inet_pton(AF_INET6, buf, address_r->bytes) == 1;
}

bool ip_parse(struct str text, struct ip_address *address_r)
{
	if (text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
		text = (struct str){ text.data + 1, text.len - 2 };
	if (str_starts_ci(text, STR("ipv6:")))
		text = str_from_offset(text, 5);
	if (text.len == 0)
		return false;
	return str_find_char(text, ':') < 0 ? parse_v4(text, address_r) : parse_v6(text, address_r);
}

struct str ip_text(struct arena *arena, const struct ip_address *address)
{
	char buf[INET6_ADDRSTRLEN];

	if (ip_is_v4(address))
		inet_ntop(AF_INET, address->bytes + 12, buf, sizeof(buf));
	else
		inet_ntop(AF_INET6, address->bytes, buf, sizeof(buf));
	return arena_str(arena, str_from(buf));
}

bool ip_has_prefix(const struct ip_address *address, const struct ip_address *prefix, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;
	unsigned char mask = (unsigned char)(0xff << (8 - rest));

	if (memcmp(address->bytes, prefix->bytes, bytes) != 0)
		return false;
	return rest == 0 || ((address->bytes[bytes] ^ prefix->bytes[bytes]) & mask) == 0;
}

#define V4(a, b, bits)                                                                             \
	{                                                                                          \
		.address = { { [10] = 0xff, [11] = 0xff, [12] = (a), [13] = (b) } },               \
		.prefix = V4_PREFIX + (bits)                                                       \
	}

struct str ip_reversed(struct arena *arena, const struct ip_address *address)
{
	const unsigned char *octets = address->bytes;
	char text[64], *at = text;

	if (ip_is_v4(address))
		return arena_printf(arena, "%u.%u.%u.%u", octets[15], octets[14], octets[13],
		                    octets[12]);
	for (size_t i = sizeof(address->bytes); i-- > 0;)
		for (int shift = 0; shift <= 4; shift += 4) {
			*at++ = "0123456789abcdef"[octets[i] >> shift & 15];
			*at++ = '.';
		}
	return arena_str(arena, (struct str){ text, sizeof(text) - 1 });
}

bool ip_is_private(const struct ip_address *address)
{
	static const struct {
		struct ip_address address;
		unsigned prefix;
	} private_networks[] = {
		V4(10, 0, 8),
		V4(127, 0, 8),
		V4(169, 254, 16),
		V4(172, 16, 12),
		V4(192, 168, 16),
		V4(100, 64, 10),
		{ .address = { { [15] = 1 } }, .prefix = 128 },
		{ .address = { { 0xfe, 0x80 } }, .prefix = 10 },
	};

	for (size_t i = 0; i < sizeof(private_networks) / sizeof(private_networks[0]); i++) {
		if (ip_has_prefix(address, &private_networks[i].address,
		                  private_networks[i].prefix))
			return true;
	}
	return false;
}
