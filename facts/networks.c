/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/networks.h"

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
 * writes them, and some read them as octal. 0 for what is none.
 */
static size_t read_numbers(struct str text, unsigned char *numbers)
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
		numbers[count++] = (unsigned char)value;
		if (i == text.len)
			return count;
		if (text.data[i] != '.')
			return 0;
	}
}

static bool parse_v4(struct str text, struct ip_address *address_r)
{
	memcpy(address_r->bytes, v4_mapped, sizeof(v4_mapped));
	return read_numbers(text, address_r->bytes + 12) == 4;
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

static bool in_network(const struct ip_address *address, const struct network *network)
{
	unsigned bytes = network->prefix / 8, bits = network->prefix % 8;
	unsigned char mask = (unsigned char)(0xff << (8 - bits));

	if (memcmp(address->bytes, network->address.bytes, bytes) != 0)
		return false;
	return bits == 0 || ((address->bytes[bytes] ^ network->address.bytes[bytes]) & mask) == 0;
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
	static const struct network private_networks[] = {
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
		if (in_network(address, &private_networks[i]))
			return true;
	}
	return false;
}

/* "10.", "10.1", "10.1.2.": the numbers that are there give the prefix. */
static bool parse_short_v4(struct str text, struct network *network_r)
{
	size_t count;

	*network_r = (struct network){ 0 };
	memcpy(network_r->address.bytes, v4_mapped, sizeof(v4_mapped));
	if (text.len > 0 && text.data[text.len - 1] == '.')
		text.len--;
	count = read_numbers(text, network_r->address.bytes + 12);
	network_r->prefix = V4_PREFIX + 8 * (unsigned)count;
	return count > 0;
}

/* A prefix length, or an IPv4 mask such as 255.255.0.0. */
static bool parse_prefix(struct str text, bool v4, unsigned *prefix_r)
{
	struct ip_address mask;
	uint64_t value;
	uint32_t bits;

	if (str_to_uint(text, v4 ? 32 : 128, &value)) {
		*prefix_r = (unsigned)value + (v4 ? V4_PREFIX : 0);
		return true;
	}
	if (!v4 || !parse_v4(text, &mask))
		return false;
	memcpy(&bits, mask.bytes + 12, sizeof(bits));
	bits = ntohl(bits);
	*prefix_r = V4_PREFIX + (bits == 0 ? 0 : 32 - (unsigned)__builtin_ctz(bits));
	return (~bits & (~bits + 1)) == 0;
}

static bool parse_network(struct str word, struct network *network_r, struct error *err_r)
{
	struct str address = word;
	ptrdiff_t slash;
	bool v4;

	*network_r = (struct network){ .prefix = 128 };
	if (str_starts(word, STR("!")))
		address = str_from_offset(word, 1);
	slash = str_find_char(address, '/');
	if (slash >= 0)
		address = str_prefix(address, (size_t)slash);
	v4 = str_find_char(address, ':') < 0;
	if (v4 ? !parse_short_v4(address, network_r) : !ip_parse(address, &network_r->address))
		return error_set(err_r,
		                 "\"%.*s\" is no IP network; write 192.0.2.0/24, 192.0.2. or "
		                 "2001:db8::/32",
		                 STR_FMT(word));
	network_r->excluded = word.data[0] == '!';
	if (slash < 0)
		return true;
	address = word;
	slash = str_find_char(address, '/');
	if (!parse_prefix(str_from_offset(address, (size_t)slash + 1), v4, &network_r->prefix))
		return error_set(err_r, "\"%.*s\": the prefix length must be 0 to %d",
		                 STR_FMT(word), v4 ? 32 : 128);
	return true;
}

bool networks_parse(struct arena *arena, struct str text, struct network_list *networks,
                    struct error *err_r)
{
	struct str words, word;

	while (str_next_piece(&text, ',', &words)) {
		while (str_next_word(&words, &word)) {
			struct network network;

			if (!parse_network(word, &network, err_r))
				return false;
			vec_push(arena, networks, network);
		}
	}
	return true;
}

bool networks_hold(const struct network_list *networks, const struct network *inner)
{
	const struct network *best = NULL, *network;

	if (networks == NULL)
		return false;
	vec_foreach (networks, network) {
		if (network->prefix <= inner->prefix && in_network(&inner->address, network) &&
		    (best == NULL || network->prefix > best->prefix))
			best = network;
	}
	return best != NULL && !best->excluded;
}

bool networks_match(const struct network_list *networks, const struct ip_address *address)
{
	struct network host = { .address = *address, .prefix = 128 };

	return networks_hold(networks, &host);
}

bool networks_match_text(const struct network_list *networks, struct str text)
{
	struct ip_address address;

	return ip_parse(text, &address) && networks_match(networks, &address);
}
