/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/networks.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define V4_PREFIX 96

static bool in_network(const struct ip_address *address, const struct network *network)
{
	return ip_has_prefix(address, &network->address, network->prefix);
}

/* "10.", "10.1", "10.1.2.": the numbers that are there give the prefix. */
static bool parse_short_v4(struct str text, struct network *network_r)
{
	size_t count;

	*network_r = (struct network){ .address = { { [10] = 0xff, [11] = 0xff } } };
	if (text.len > 0 && text.data[text.len - 1] == '.')
		text.len--;
	count = ip_read_numbers(text, network_r->address.bytes + 12);
	network_r->prefix = V4_PREFIX + 8 * (unsigned)count;
	return count > 0;
}

/* A prefix length, or an IPv4 mask such as 255.255.0.0. */
static bool parse_prefix(struct str text, bool v4, unsigned *prefix_r)
{
	unsigned char mask[4];
	uint64_t value;
	uint32_t bits;

	if (str_to_uint(text, v4 ? 32 : 128, &value)) {
		*prefix_r = (unsigned)value + (v4 ? V4_PREFIX : 0);
		return true;
	}
	if (!v4 || ip_read_numbers(text, mask) != sizeof(mask))
		return false;
	memcpy(&bits, mask, sizeof(bits));
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
	size_t len = 0;

	while (str_next_piece(&text, ',', &words)) {
		while (str_next_word(&words, &word)) {
			struct network network;
			struct error err;

			if (parse_network(word, &network, &err))
				vec_push(arena, networks, network);
			else if (len < sizeof(err_r->text))
				len += (size_t)snprintf(err_r->text + len,
				                        sizeof(err_r->text) - len, "%s%s",
				                        len > 0 ? ". " : "", err.text);
		}
	}
	return len == 0;
}

/* IPv4 addresses are mapped: theirs are the last 32 bits, and of a shorter prefix all of them. */
static bool has_strangers(const struct network *network)
{
	static const struct ip_address mapped = { { [10] = 0xff, [11] = 0xff } };

	if (in_network(&mapped, network) && network->prefix <= V4_PREFIX)
		return true;
	return network->prefix < (ip_is_v4(&network->address) ? V4_PREFIX + 8 : 7);
}

bool networks_hold_strangers(const struct network_list *networks)
{
	const struct network *network;

	vec_foreach (networks, network) {
		if (!network->excluded && has_strangers(network))
			return true;
	}
	return false;
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
