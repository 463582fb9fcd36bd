/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a call of check_hashbl_emails(), _uris(), _bodyre(), _tag() or _attachments() asks for: its
 * arguments, read once. In the rule set's arena, and never changed after that.
 */
#ifndef RULES_ASK_HASHBL_RULE_H
#define RULES_ASK_HASHBL_RULE_H

#include "facts/dns_answer.h"
#include "rules/ask/hashbl_digest.h"
#include "rules/match/field.h"
#include "rules/match/senders.h"

/* What of the message. */
enum hashbl_rule_source {
	HASHBL_EMAILS,
	HASHBL_URIS,
	HASHBL_BODY,
	HASHBL_TAG,
	HASHBL_FILES,
	HASHBL_SOURCE_COUNT,
};

/* Bits of hashbl_rule.options. */
enum hashbl_rule_option {
	HASHBL_CASE = 1 << 0,    /* letters stay capital */
	HASHBL_SHUFFLE = 1 << 1, /* of too many, chance decides */
	HASHBL_NODOT = 1 << 2,   /* addresses: without the dots of the local part */
	HASHBL_NOTAG = 1 << 3,   /* without "+…" of the local part */
	HASHBL_NOURI = 1 << 4,   /* not those in web addresses */
	HASHBL_NOQUOTE = 1 << 5, /* not those that are quoted */
	HASHBL_USER = 1 << 6,    /* the local part alone */
	HASHBL_HOST = 1 << 7,    /* what follows the '@' */
	HASHBL_DOMAIN = 1 << 8,  /* the domain of that */
	HASHBL_NUM = 1 << 9,     /* text: its digits alone */
	HASHBL_IP = 1 << 10,     /* tags: only addresses */
	HASHBL_IPV4 = 1 << 11,
	HASHBL_IPV6 = 1 << 12,
	HASHBL_REVIP = 1 << 13, /* addresses as lists of addresses have them */
	HASHBL_FQDN = 1 << 14,  /* only host names */
	HASHBL_TLD = 1 << 15,   /* only those of a top-level domain that exists */
	HASHBL_TRIM = 1 << 16,  /* the domain of a host name; of names only valid ones */
};

/* Where addresses are looked for. */
enum hashbl_rule_place {
	HASHBL_IN_FIELD,
	HASHBL_IN_SENDERS, /* all that the message may be from: "ALLFROM" */
	HASHBL_IN_BODY,    /* its text, and links to addresses: "body" */
};
struct hashbl_rule_field {
	enum hashbl_rule_place place;
	struct field_request *request; /* HASHBL_IN_FIELD */
};

struct hashbl_rule {
	enum hashbl_rule_source source;
	struct str zone; /* in lower case, without a dot at its end */
	enum dns_type type;
	enum hashbl_digest digest;
	unsigned options;
	size_t max;                  /* values that are asked for */
	size_t min_bytes, max_bytes; /* of a file; 0: no limit */
	struct pattern *subtest;     /* of the answer's text; NULL: it begins with "127." */
	bool wants_others;           /* that takes none of the addresses that lists have */
	struct pattern *pattern;     /* of the text, whose first group is asked for */
	vec_of(struct hashbl_rule_field) fields;
	const struct map *acl; /* host_listing of domains that may be asked for; or NULL */
	bool has_acl;          /* "all" has none, but is one */
	struct str tag;        /* in capitals, without the outer _ */
};

/* Values a rule asks for unless it says otherwise. */
#define HASHBL_DEFAULT_MAX 10

/*
 * eval_function.prepare of the five functions: rule->ask becomes a struct hashbl_rule. False with
 * *err_r, and the place in the line in *at_r, where an argument is missing or wrong.
 */
bool hashbl_rule_prepare(struct ruleset *set, struct rule *rule, const char **at_r,
                         struct error *err_r);

#endif
