/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules that ask DNS lists about a message's relays and senders: check_rbl() and its kin. What they
 * are read from, and the pure parts: which addresses and names to ask for. For the files
 * rules/ask/ of this kind only; nothing fails.
 */
#ifndef RULES_ASK_RBL_H
#define RULES_ASK_RBL_H

#include "facts/dns_subtest.h"
#include "facts/relays.h"
#include "rules/model/ask_function.h"
#include "rules/model/ruleset_data.h"

/* What is looked up. */
enum rbl_subject {
	RBL_RELAYS,
	RBL_VOUCHED_RELAYS, /* where the message names the accreditor */
	RBL_SENDER_HOSTS,
	RBL_SENDER_DOMAINS, /* their registered domains */
	RBL_ENVELOPE_SENDER,
	RBL_FIELDS,
	RBL_NAME_SERVERS, /* of the envelope sender's domain */
	RBL_OLDEST_RELAY, /* its address and its names */
	RBL_ANSWERS,      /* nothing: the answers to the rules of its set are tested */
};

/* Which relays, by the end of the set's name. */
enum rbl_hops {
	RBL_ALL_HOPS,
	RBL_LAST_EXTERNAL,
	RBL_NOT_FIRST_HOP,
	RBL_FIRST_TRUSTED,
	RBL_UNTRUSTED,
	RBL_HOPS_COUNT,
};

/* What an answer has to be. */
struct rbl_test {
	bool any; /* there is no test */
	struct dns_subtest numbers;
	struct pattern *pattern; /* NULL: `numbers` */
	bool wants_notices;      /* it is for notices to the one who asks, and nothing else */
};

/* A field of check_rbl_headers(): the address in it, or what its lines name. */
struct rbl_field {
	struct field_request *address;
	struct field_request *lines;
};

struct rbl_fields {
	struct rbl_field *items;
	size_t len;
	size_t cap;
};

/* rule->ask of the rules of this kind. */
struct rbl_rule {
	const struct rule *rule;
	enum rbl_subject subject;
	enum rbl_hops hops;
	enum dns_type type;
	struct str set;
	struct str zone; /* in lower case, without its last dot */
	struct rbl_test test;
	struct str accreditor;
	struct rbl_fields *fields; /* NULL: those of rbl_headers */
	bool addresses, names;     /* may be looked up */
	struct rule_list answers;  /* RBL_ANSWERS of the same set, that are on */
};

extern const struct ask_function rbl_functions[];
/* NULL where the rule is not of this kind. */
struct rbl_rule *rbl_of(const struct rule *rule);
/* Turns the rule off where skip_rbl_checks says so. */
void rbl_skip(const struct ruleset *set, struct rule *rule);
/* Appends the fields of a list such as "EnvelopeFrom,Reply-To"; false for one that is none. */
bool rbl_fields_read(struct arena *arena, struct str names, struct rbl_fields *fields,
                     struct error *err_r);
/* Is the test about notices only, in the answers of this zone? */
bool rbl_test_is_about_notices(const struct rbl_test *test, struct str zone);
/* Does a record's text, of an A record its address, pass? `octets` are empty but for A records. */
bool rbl_test_passes(const struct rbl_test *test, struct pattern_matcher *matcher, struct str text,
                     struct str octets);

/* Addresses of relays to be looked up, as SpamAssassin chooses them. `nice`: those in the trusted
 * networks, too. */
void rbl_relay_addresses(struct arena *arena, const struct relay_list *relays, enum rbl_hops hops,
                         bool nice, struct str_list *addresses_r);
/* "1.2.0.192", or the 32 hexadecimal digits of an IPv6 address (RFC 5782 section 2.4), for text
 * that is an address. */
bool rbl_reversed(struct arena *arena, struct str address, struct str *reversed_r);
/* What a host is looked up as: itself, in ASCII, where it is a name of a known top-level domain
 * and rules look names up, or the reversed address. False for others. */
bool rbl_host_entry(struct arena *arena, const struct rbl_rule *rbl,
                    const struct uri_domains *domains, struct str host, struct str *entry_r);
/* The host behind the first @ of an address, in lower case with single dots, none at the ends;
 * empty where it has none or no dot. */
struct str rbl_host_of_address(struct arena *arena, struct str address);
/* Does the envelope sender, or a text of Accreditor fields, name the accreditor? */
bool rbl_is_vouched(struct str sender, struct str fields, struct str accreditor);

#endif
