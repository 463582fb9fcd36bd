/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the DNS said to one question: a status and records in a form that is safe to read. Made
 * from wire format by whoever asked the network; never changed after that, counted, and shared by
 * all threads. What is malformed is left out; nothing fails.
 */
#ifndef FACTS_DNS_ANSWER_H
#define FACTS_DNS_ANSWER_H

#include <stdatomic.h>

#include "facts/dns_rdata.h"

enum dns_status {
	DNS_OK,       /* at least one record */
	DNS_NODATA,   /* the name exists, but has no record of the type */
	DNS_NXDOMAIN, /* the name does not exist */
	DNS_FAILED,   /* a server refused, failed, or sent nonsense */
	DNS_TIMEOUT,  /* no answer within the time */
	DNS_BAD_NAME, /* the name can't be asked for: RFC 1035 section 2.3.4 */
};

struct dns_record {
	/*
	 * A: 4 octets. AAAA: 16 octets. NS, CNAME, DNAME, PTR, MX: a name in lower case without its
	 * last dot, empty for the root. TXT, SPF: the strings joined (RFC 7208 section 3.3).
	 * Others: as it came, well formed. Followed by a NUL that is not counted.
	 */
	struct str data;
	struct str strings;  /* TXT and SPF of several: each after an octet of its length */
	enum dns_type type;  /* another than was asked for only with DNS_ANY */
	unsigned preference; /* MX only */
};

struct dns_answer {
	atomic_uint pins;
	enum dns_status status;
	int rcode;          /* of RFC 6895 section 2.3; DNS_NO_RCODE: there was no answer at all */
	int64_t expires_us; /* monotonic clock; 0: not to be cached */
	size_t bytes;       /* of memory that it takes */
	size_t count;
	struct dns_record records[];
};

#define DNS_NO_RCODE (-1)

/*
 * An answer with one pin. Records that are not well formed are left out; where none is left of
 * some, the status becomes DNS_FAILED. `ttl` in seconds; 0 or an error is not to be cached.
 */
struct dns_answer *dns_answer_new(enum dns_status status, enum dns_type type, unsigned ttl,
                                  const struct dns_rdata *rdata, size_t count);
struct dns_answer *dns_answer_pin(struct dns_answer *answer);
/* The last unpin frees; NULL is allowed. */
void dns_answer_unpin(struct dns_answer *answer);

/* "ok", "no data", "does not exist", … */
const char *dns_status_name(enum dns_status status);

/* A name of labels of 1 to 63 octets, 253 in all; one dot at the end is allowed. */
bool dns_name_valid(struct str name);
/* Can rules name a list so? What has white space or control characters is a slip, and would be told
 * to terminals. Thread-safe. */
bool dns_list_name_valid(struct str name);
/* The same without the dot at its end, in lower case. */
struct str dns_name_canonical(struct arena *arena, struct str name);
/* Is it this domain, or below it? Case is ignored; nothing is within an empty one. */
bool dns_name_is_within(struct str name, struct str domain);

/* One record as people write it: an address, "10 mx.example.com", a name, or a text. */
struct str dns_record_text(struct arena *arena, const struct dns_record *record);
/* The same as zone files have it, names with a dot at their end; but texts joined and as they are.
 */
struct str dns_record_zone_text(struct arena *arena, const struct dns_record *record);
/* The next string of a TXT or SPF record, from offset *at on; false after the last. */
bool dns_record_next_string(const struct dns_record *record, size_t *at, struct str *string_r);

#endif
