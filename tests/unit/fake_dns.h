/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A resolver over a table, for unit tests, fuzzers and benchmarks: no network, no thread. */
#ifndef TESTS_UNIT_FAKE_DNS_H
#define TESTS_UNIT_FAKE_DNS_H

#include "facts/dns.h"

struct fake_record {
	const char *name; /* NULL ends the table */
	enum dns_type type;
	const char *value; /* an address, a name, a text; "TIMEOUT", "FAIL", or "NEVER": no
	                    * answer before dns_free() */
};

struct fake_zone {
	const struct fake_record *records;
	unsigned ttl;   /* 0: nothing is cached */
	unsigned asked; /* counts questions that the cache did not answer */
};

/* A dns_source; `context` is a struct fake_zone. */
struct dns_answer *fake_answer(void *context, struct str name, enum dns_type type);

/* An answer with one TXT record of any octets, cut in strings of 255. */
struct dns_answer *fake_text_answer(struct str text, unsigned ttl);

#endif
