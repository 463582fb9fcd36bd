/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What zones that know of autonomous systems answer about an address: its systems' numbers and the
 * routes that they announce. There is no standard for such answers; the forms of routeviews.org,
 * cymru.com and spameatingmonkey.net are read. Pure.
 */
#ifndef FACTS_ASN_ANSWER_H
#define FACTS_ASN_ANSWER_H

#include "base/vec.h"
#include "facts/dns_answer.h"

struct asn_answer {
	struct str_list numbers; /* "1103", without "AS" */
	struct str_list routes;  /* "192.88.99.0/24" */
};

/* Appends what one TXT record says; nothing where it can't be read. Address space that nobody
 * announces has no number and no route. */
void asn_answer_read(struct arena *arena, const struct dns_record *record,
                     struct asn_answer *answer);

#endif
