/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_type.h"

static const struct {
	enum dns_type type;
	const char *name;
	const char *layout;
} types[] = {
	{ DNS_A, "A", "1111" },           { DNS_NS, "NS", "n" },
	{ DNS_CNAME, "CNAME", "n" },      { DNS_SOA, "SOA", "nn44444" },
	{ DNS_PTR, "PTR", "n" },          { DNS_HINFO, "HINFO", "ss" },
	{ DNS_MINFO, "MINFO", "nn" },     { DNS_MX, "MX", "2n" },
	{ DNS_TXT, "TXT", "S" },          { DNS_RP, "RP", "nn" },
	{ DNS_GPOS, "GPOS", "sss" },      { DNS_AAAA, "AAAA", NULL },
	{ DNS_LOC, "LOC", NULL },         { DNS_SRV, "SRV", "222n" },
	{ DNS_NAPTR, "NAPTR", "22sssn" }, { DNS_KX, "KX", "2n" },
	{ DNS_CERT, "CERT", "221b" },     { DNS_DNAME, "DNAME", "n" },
	{ DNS_SSHFP, "SSHFP", "11x" },    { DNS_IPSECKEY, "IPSECKEY", NULL },
	{ DNS_DHCID, "DHCID", "b" },      { DNS_TLSA, "TLSA", "111x" },
	{ DNS_HIP, "HIP", NULL },         { DNS_OPENPGPKEY, "OPENPGPKEY", "b" },
	{ DNS_CSYNC, "CSYNC", NULL },     { DNS_SPF, "SPF", "S" },
	{ DNS_ANY, "ANY", NULL },         { DNS_URI, "URI", "22t" },
	{ DNS_CAA, "CAA", "1st" },
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

const char *dns_type_name(enum dns_type type)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

bool dns_type_find(struct str name, enum dns_type *type_r)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (str_eq_ci(name, str_from(types[i].name))) {
			*type_r = types[i].type;
			return true;
		}
	}
	return false;
}

const char *dns_type_layout(enum dns_type type)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (types[i].type == type)
			return types[i].layout;
	return NULL;
}
