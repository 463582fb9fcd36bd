/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer section of a DNS packet (RFC 1035 section 4.1), for questions that more than one type
 * of record answers. Reads any octets. Pure. */
#ifndef FACTS_DNS_PACKET_H
#define FACTS_DNS_PACKET_H

#include "facts/dns_rdata.h"

/* So many records of an answer are read. */
#define DNS_PACKET_RECORDS_MAX 256

/*
 * The records of class IN in the answer section, their names not compressed any more, in the arena;
 * as many as are well formed up to the first that isn't. *ttl_r is the least of their times.
 */
size_t dns_packet_answers(struct arena *arena, const unsigned char *packet, size_t len,
                          struct dns_rdata **records_r, unsigned *ttl_r);

#endif
