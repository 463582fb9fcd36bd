/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One list in the table of the process; for dns_list.c and dns_list_probe.c. */
#ifndef FACTS_DNS_LIST_PRIVATE_H
#define FACTS_DNS_LIST_PRIVATE_H

#include "facts/dns_list_health.h"

/* All but the zone under the table's lock. */
struct dns_list {
	struct dns_list *next;
	size_t pins;
	atomic_uint kinds; /* that some rule set had; read without the lock, too */
	struct dns_list_health health;
	struct dns_list_report counts; /* its counters only */
	struct str zone;               /* in what follows */
	char zone_data[];
};

/* What an answer shows. */
struct dns_list_sign dns_list_sign(struct str zone, enum dns_type type,
                                   const struct dns_answer *answer);

/* A list that is to be probed now, pinned and noted as being probed; NULL: none. */
struct dns_list *dns_list_take_due(int64_t now_us, unsigned *kinds_r);
/* The outcome; unpins. */
void dns_list_probed(struct dns_list *list, struct dns_list_sign listed,
                     struct dns_list_sign unlisted);

#endif
