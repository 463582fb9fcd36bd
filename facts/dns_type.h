/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types of DNS records, by the numbers of the IANA registry, and their names. Pure. */
#ifndef FACTS_DNS_TYPE_H
#define FACTS_DNS_TYPE_H

#include "base/str.h"

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_HINFO = 13,
	DNS_MINFO = 14,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_RP = 17,
	DNS_GPOS = 27,
	DNS_AAAA = 28,
	DNS_LOC = 29,
	DNS_SRV = 33,
	DNS_NAPTR = 35,
	DNS_KX = 36,
	DNS_CERT = 37,
	DNS_DNAME = 39,
	DNS_SSHFP = 44,
	DNS_IPSECKEY = 45,
	DNS_DHCID = 49,
	DNS_TLSA = 52,
	DNS_HIP = 55,
	DNS_OPENPGPKEY = 61,
	DNS_CSYNC = 62,
	DNS_SPF = 99,
	DNS_ANY = 255, /* of questions only: records of all types */
	DNS_URI = 256,
	DNS_CAA = 257,
};

/* "A", "TXT", …; "?" for one that is not here. */
const char *dns_type_name(enum dns_type type);
/* By its name in any case; false where it is not here. */
bool dns_type_find(struct str name, enum dns_type *type_r);

/*
 * How the data of a type is made up, a letter a field: 1, 2, 4 octets of a number; n a domain
 * name; s a string after its length, S all that follow; t, x, b the rest as text, in hexadecimal
 * and in base64. NULL for a type that is not known so well.
 */
const char *dns_type_layout(enum dns_type type);

#endif
