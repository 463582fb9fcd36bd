/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DMARC for one author domain: RFC 9989 (the tree walk), as RFC 7489 where they agree. The caller
 * asks the DNS; these are pure functions. Where no record says which domain is the organisation's
 * (psd=), the public suffix list does, whose domains are aligned; but the record of a domain
 * between it and the author's counts where the organisation has none. No reports are sent.
 */
#ifndef FACTS_DMARC_H
#define FACTS_DMARC_H

#include "facts/dmarc_record.h"
#include "facts/dns_answer.h"

/* The author domain and what is above it, at most this many questions: RFC 9989 section 4.10. */
#define DMARC_NAMES_MAX 8

/* RFC 7489 section 11.2; RFC 8601. */
enum dmarc_result {
	DMARC_NONE, /* no record applies */
	DMARC_PASS,
	DMARC_FAIL,
	DMARC_TEMPERROR, /* a record may be there, and can't be had now */
};

struct dmarc_names {
	struct str author;                     /* the domain, lower case, A-labels */
	struct str domains[DMARC_NAMES_MAX];   /* it and those above it, longest first */
	struct str questions[DMARC_NAMES_MAX]; /* TXT of "_dmarc.DOMAIN" */
	size_t count;
};

struct dmarc_input {
	const struct dmarc_names *names;
	/* One for each of the names; NULL: it did not come in time. */
	const struct dns_answer *const *answers;
	bool author_missing;            /* the author domain does not exist (np=) */
	struct str spf_domain;          /* what SPF passed for; empty: nothing */
	const struct str_list *signers; /* d= of the DKIM signatures that passed */
};

struct dmarc {
	enum dmarc_result result;
	enum dmarc_policy policy;  /* what the domain asks for where it fails */
	struct str author, domain; /* of the mail; of the record, or empty */
	struct str organisation;
	bool spf_aligned, dkim_aligned;
	bool asks_for_existence; /* the policy would be another if the author's domain didn't exist
	                          */
};

/* False where it is no domain to ask for. */
bool dmarc_names_of(struct arena *arena, struct str author_domain, struct dmarc_names *names_r);
struct dmarc dmarc_judge(struct arena *arena, const struct dmarc_input *input);

/* "none", "pass" … */
const char *dmarc_result_name(enum dmarc_result result);

#endif
