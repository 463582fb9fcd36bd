/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of DNS records as octets of the wire, and as people write it in zone files. Pure. */
#ifndef FACTS_DNS_RDATA_H
#define FACTS_DNS_RDATA_H

#include "base/strbuf.h"
#include "facts/dns_type.h"

/* Octets of a name without its last dot, and of a label: RFC 1035 section 2.3.4. */
#define DNS_NAME_MAX  253
#define DNS_LABEL_MAX 63

/* Data as it came over the wire, names not compressed. */
struct dns_rdata {
	const unsigned char *data;
	size_t len;
	enum dns_type type; /* 0: that which was asked for */
};

/*
 * A name from wire format to text in lower case without its last dot, at `out`, which has room for
 * as many octets as there are; gives how many octets of the data it takes, 0 where it is malformed.
 * A label with a dot or a NUL in it could not be told from two labels, so such a name is malformed.
 */
size_t dns_rdata_name(struct dns_rdata rdata, char *out, size_t *len_r);

/* Is it laid out as its type asks for? True for types whose layout isn't known. */
bool dns_rdata_valid(enum dns_type type, struct dns_rdata rdata);
/* Appends valid data in zone file format (RFC 1035 section 5.1), that of types whose layout isn't
 * known as RFC 3597 section 5 says. Names are in lower case. */
void dns_rdata_text(enum dns_type type, struct dns_rdata rdata, struct strbuf *out);

#endif
