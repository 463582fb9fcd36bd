/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of the DNS (RFC 1035 section 4.1): a question written, and what a reply says to it. Reads
 * any octets. Pure. */
#ifndef FACTS_DNS_PACKET_H
#define FACTS_DNS_PACKET_H

#include "facts/dns_rdata.h"

/* So many records of an answer are used. */
#define DNS_PACKET_RECORDS_MAX 256
/* Octets of a name on the wire, and of a question with its OPT record. */
#define DNS_PACKET_NAME_MAX  255
#define DNS_PACKET_QUERY_MAX (12 + DNS_PACKET_NAME_MAX + 4 + 11)

struct dns_packet_question {
	unsigned char name[DNS_PACKET_NAME_MAX]; /* as on the wire */
	size_t len;
	enum dns_type type;
};

/* `name` is valid (dns_name_valid()) and without its last dot, or empty for the root. */
void dns_packet_question_set(struct dns_packet_question *question, struct str name,
                             enum dns_type type);
/* The packet for a resolver, and its length. `edns_bytes`: the size of replies over UDP that we
 * take; 0: without EDNS. */
size_t dns_packet_query(const struct dns_packet_question *question, uint16_t id,
                        unsigned edns_bytes, unsigned char out[DNS_PACKET_QUERY_MAX]);

/* True where there is the header of a reply; all below is for those only. */
bool dns_packet_is_response(const unsigned char *packet, size_t len, uint16_t *id_r);
/* RFC 1035 section 4.1.1 */
enum dns_rcode {
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL,
	DNS_RCODE_NXDOMAIN,
	DNS_RCODE_NOTIMP,
	DNS_RCODE_REFUSED,
};

/* That of RFC 1035 section 4.1.1. */
int dns_packet_rcode(const unsigned char *packet);
bool dns_packet_truncated(const unsigned char *packet);
void dns_packet_set_truncated(unsigned char *packet);

enum dns_packet_match {
	DNS_PACKET_SAME,
	DNS_PACKET_OTHER_CASE, /* the same but for the case of letters */
	DNS_PACKET_OTHER,
	DNS_PACKET_NO_QUESTION,
};
/* Which question is it a reply to? */
enum dns_packet_match dns_packet_match(const struct dns_packet_question *question,
                                       const unsigned char *packet, size_t len);

/* What a reply says of the question; records of other names are not among it. */
struct dns_packet_reply {
	struct dns_rdata *records; /* names not compressed any more */
	size_t count;
	struct str
		alias; /* the last name that CNAMEs led to, as on the wire; empty: there are none */
	bool ends;     /* it says with authority that there is no more */
	bool refers;   /* it only says who else to ask */
	bool has_ttl;
	unsigned ttl; /* the least of all times, in seconds; where nothing is there, of this */
};
/* All is in the arena. False where it is malformed, or names lead to each other. */
bool dns_packet_read(struct arena *arena, const struct dns_packet_question *question,
                     const unsigned char *packet, size_t len, struct dns_packet_reply *reply_r);

#endif
