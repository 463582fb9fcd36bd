/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One DMARC record: RFC 9989 section 4.7. Pure. */
#ifndef FACTS_DMARC_RECORD_H
#define FACTS_DMARC_RECORD_H

#include "base/str.h"

enum dmarc_policy {
	DMARC_POLICY_NONE,
	DMARC_POLICY_QUARANTINE,
	DMARC_POLICY_REJECT,
};

/* "none", "quarantine", "reject". */
const char *dmarc_policy_name(enum dmarc_policy policy);

/* psd=: is the domain's name a public suffix? */
enum dmarc_suffix {
	DMARC_SUFFIX_UNKNOWN,
	DMARC_SUFFIX_NO,
	DMARC_SUFFIX_YES,
};

struct dmarc_record {
	enum dmarc_policy policy, subdomains, missing; /* p=, sp=, np=, settled */
	bool strict_dkim, strict_spf;
	bool testing; /* t=y: the next weaker policy is meant */
	enum dmarc_suffix suffix;
};

/* True for a text that begins as a DMARC record: others at the name don't count. */
bool dmarc_record_is(struct str text);
/* False where it asks for nothing that can be understood. */
bool dmarc_record_read(struct str text, struct dmarc_record *record_r);

#endif
