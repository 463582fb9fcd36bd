/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What SPF (RFC 7208) found. Plain values, in the arena of whoever asked.
 */
#ifndef FACTS_SPF_RESULT_H
#define FACTS_SPF_RESULT_H

#include "facts/dns_answer.h"

enum spf_status {
	SPF_STATUS_NONE,
	SPF_STATUS_NEUTRAL,
	SPF_STATUS_PASS,
	SPF_STATUS_FAIL,
	SPF_STATUS_SOFTFAIL,
	SPF_STATUS_TEMPERROR,
	SPF_STATUS_PERMERROR,
};
#define SPF_STATUS_COUNT 7

/* "none", "neutral", …: the words of RFC 7208 section 2.6. */
const char *spf_status_name(enum spf_status status);
/* The status of a word, case ignored; false where it isn't one. */
bool spf_status_read(struct str word, enum spf_status *status_r);

/* A question to the DNS, and the answer in words: its records, or what was wrong. */
struct spf_lookup {
	struct str name;
	enum dns_type type;
	enum dns_status status;
	struct str answer;
};

/* The result for one identity. */
struct spf_outcome {
	enum spf_status status;
	struct str identity;    /* "user@example.com"; "postmaster@HELO" where there is no sender */
	struct str domain;      /* whose record was asked for */
	struct str mechanism;   /* that decided, as published: "-all", "include:example.net"; or
	                         * "default"; empty where none was reached */
	struct str decided_in;  /* the mechanism inside of includes and redirects, and whose it is:
	                         * "ip4:192.0.2.0/24 of _spf.example.net"; empty where none */
	struct str explanation; /* the domain's exp= text, printable ASCII; fail only, or empty */
	struct str problem;     /* a sentence for temperror, permerror and none; else empty */
	unsigned terms;         /* that asked the DNS */
	unsigned void_lookups;
	const struct spf_lookup *lookups;
	size_t lookup_count;
};

struct spf_result {
	struct str client_ip; /* IPv4-mapped addresses as IPv4 */
	struct str sender;    /* as in MAIL FROM; empty for <> */
	struct str helo;
	struct str receiver; /* our own name */
	struct spf_outcome mail_from;
	struct spf_outcome helo_check;
	bool has_helo;  /* false: HELO is no domain, or the result is from a header */
	bool timed_out; /* the deadline came before the result */
	int64_t microseconds;
};

#endif
