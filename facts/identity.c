/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/identity.h"

#include <arpa/inet.h>
#include <string.h>

#include "message/address_field.h"
#include "message/uri.h"

/* Same registered domain: RFC 9989's relaxed alignment, by the public suffix list. */
static bool is_aligned(struct arena *arena, struct str a, struct str b)
{
	struct str registered;

	if (a.len == 0 || b.len == 0)
		return false;
	if (str_eq_ci(a, b))
		return true;
	registered = uri_registered_domain(arena, arena_str_lower(arena, a));
	return registered.len > 0 &&
	       str_eq(registered, uri_registered_domain(arena, arena_str_lower(arena, b)));
}

/* RFC 5322 wants one From, and who speaks for several authors speaks for none. */
static struct str only_author(struct arena *arena, const struct message *message)
{
	const struct header *from = header_first(&message->headers, STR("From"));
	struct str_list authors = { 0 };

	if (from == NULL || header_next(&message->headers, STR("From"), from) != NULL)
		return STR("");
	address_field_authors(arena, from->unfolded, &authors);
	return authors.len == 1 ? authors.items[0] : STR("");
}

static struct str find_signer(struct arena *arena, const struct facts *facts, struct str domain)
{
	const struct dkim_facts *dkim = facts->dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++) {
		const struct dkim_check *check = &dkim->message.checks[i];

		if (check->result == DKIM_PASS && !check->unsigned_text &&
		    is_aligned(arena, check->signature.domain, domain))
			return arena_str_lower(arena, check->signature.domain);
	}
	return STR("");
}

/* "+all" lets everybody send. */
static bool passes_for_all(const struct spf_outcome *outcome)
{
	struct str mechanism = outcome->mechanism;

	if (str_starts(mechanism, STR("+")))
		mechanism = str_from_offset(mechanism, 1);
	return str_eq_ci(mechanism, STR("all"));
}

static struct str find_spf_domain(struct arena *arena, const struct facts *facts, struct str domain)
{
	const struct spf_result *spf = facts->spf;
	struct str sender;

	if (spf == NULL || spf->mail_from.status != SPF_STATUS_PASS ||
	    passes_for_all(&spf->mail_from))
		return STR("");
	sender = address_field_domain(spf->sender);
	return is_aligned(arena, sender, domain) ? arena_str_lower(arena, sender) : STR("");
}

struct identity identity_of(struct arena *arena, const struct facts *facts)
{
	struct identity identity = { .author = only_author(arena, facts->message) };

	if (identity.author.len == 0)
		return identity;
	identity.domain = address_field_domain(identity.author);
	identity.signer = find_signer(arena, facts, identity.domain);
	identity.spf_domain = find_spf_domain(arena, facts, identity.domain);
	identity.shown = identity.signer.len > 0 || identity.spf_domain.len > 0;
	return identity;
}

/* The first bits of an address as text, "192.0.2.0/24". */
static struct str network_of(struct arena *arena, struct str ip, unsigned ipv4_bits,
                             unsigned ipv6_bits)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char bytes[16];
	bool is_ipv6 = str_find_char(ip, ':') >= 0;
	unsigned bits = is_ipv6 ? ipv6_bits : ipv4_bits;
	int family = is_ipv6 ? AF_INET6 : AF_INET;

	if (inet_pton(family, arena_cstr(arena, ip), bytes) != 1)
		return ip;
	for (unsigned i = bits; i < (is_ipv6 ? 128 : 32); i++)
		bytes[i / 8] &= (unsigned char)~(0x80 >> i % 8);
	inet_ntop(family, bytes, text, sizeof(text));
	return arena_printf(arena, "%s/%u", text, bits);
}

struct str identity_voucher(struct arena *arena, const struct identity *identity,
                            const struct facts *facts, unsigned ipv4_bits, unsigned ipv6_bits)
{
	if (identity->signer.len > 0)
		return arena_printf(arena, "dkim %.*s", STR_FMT(identity->signer));
	if (identity->spf_domain.len == 0)
		return STR("");
	return arena_printf(
		arena, "spf %.*s %.*s", STR_FMT(identity->spf_domain),
		STR_FMT(network_of(arena, facts->spf->client_ip, ipv4_bits, ipv6_bits)));
}
