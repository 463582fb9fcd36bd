/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IP addresses, as mail writes them. Pure; thread-safe.
 */
#ifndef FACTS_IP_ADDRESS_H
#define FACTS_IP_ADDRESS_H

#include "base/arena.h"

/* IPv4 is kept as ::ffff:a.b.c.d. */
struct ip_address {
	unsigned char bytes[16];
};

/*
 * An address as mail writes it: "192.0.2.1", "2001:db8::1", "[192.0.2.1]", "IPv6:2001:db8::1",
 * "fe80::1%eth0". False where it isn't one.
 */
bool ip_parse(struct str text, struct ip_address *address_r);
bool ip_is_v4(const struct ip_address *address);
/* "192.0.2.1", also for mapped addresses, or RFC 5952 text. */
struct str ip_text(struct arena *arena, const struct ip_address *address);
/* As DNS lists are asked (RFC 5782): "1.2.0.192", or the 32 hexadecimal digits in the same way. */
struct str ip_reversed(struct arena *arena, const struct ip_address *address);
/* Loopback, link-local, RFC 1918, RFC 6598. */
bool ip_is_private(const struct ip_address *address);
/* The numbers of an IPv4 address, at most four, with dots between them; so many, or 0 where it is
 * none. */
size_t ip_read_numbers(struct str text, unsigned char numbers_r[4]);
/* Whether the first bits of two addresses are the same. */
bool ip_has_prefix(const struct ip_address *address, const struct ip_address *prefix,
                   unsigned bits);

#endif
