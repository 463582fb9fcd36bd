/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an `askdns` statement says: a name with tags in it to ask for, the types of records that
 * count, and which of them. Plain values, made once with the rule set, in its arena.
 */
#ifndef RULES_MODEL_ASKDNS_RULE_H
#define RULES_MODEL_ASKDNS_RULE_H

#include "facts/dns_subtest.h"
#include "facts/dns_type.h"
#include "rules/regex/pattern.h"

/* So many types, and tags, a rule may have. */
#define ASKDNS_TYPES_MAX 32
#define ASKDNS_TAGS_MAX  16

/* A tag in the template: "AUTHORDOMAIN", or "HEADER" with "Reply-To:addr:domain". */
struct askdns_tag {
	struct str text; /* as it is there, with both underscores */
	struct str name;
	struct str argument; /* data NULL: none */
};

enum askdns_filter {
	ASKDNS_ALL,     /* every record of the types */
	ASKDNS_PATTERN, /* whose text matches */
	ASKDNS_VALUE,   /* whose text is the same, or whose address is in the subtest */
	ASKDNS_RCODES,  /* the answer's response code alone counts */
};

struct rule;

struct askdns_rule {
	const struct rule *rule; /* its own, unless that was defined anew */
	struct str template;
	struct askdns_tag tags[ASKDNS_TAGS_MAX]; /* different ones, in the order of the template */
	size_t tag_count;
	struct str zone; /* what follows the last tag, if that is a domain: a list's; else empty */

	enum dns_type question;
	enum dns_type types[ASKDNS_TYPES_MAX]; /* DNS_ANY: all */
	size_t type_count;

	enum askdns_filter filter;
	struct pattern *pattern;
	bool has_text;
	struct str text;
	bool has_subtest;
	struct dns_subtest subtest;
	uint32_t rcodes; /* a bit for each */
};

/* RFC 6895 section 2.3: those that an answer can have. */
#define ASKDNS_RCODES_MAX 24

/* Reads the template into rule->tags and rule->zone; false where it has too many tags. */
bool askdns_rule_read_template(struct str template, struct askdns_rule *rule);
/* "A", "A,AAAA", "ANY": the types, and what is asked for; false with the name that is none. */
bool askdns_rule_read_types(struct str text, struct askdns_rule *rule, struct str *wrong_r);
/* /…/, m{…}, "…", '…', [NXDOMAIN,2], an address or number, a range, a mask. False with *err_r and
 * the offset in the text that it is about. */
bool askdns_rule_read_filter(struct arena *arena, struct str text, struct askdns_rule *rule,
                             size_t *offset_r, struct error *err_r);

#endif
