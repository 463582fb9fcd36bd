/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPF records by the grammar of RFC 7208 section 12, with nothing forgiven: what does not follow
 * it is a permanent error (section 4.6), found before anything is evaluated. Pure functions,
 * results in the arena; a record comes from a stranger and may be any octets.
 */
#ifndef FACTS_SPF_RECORD_H
#define FACTS_SPF_RECORD_H

#include "base/vec.h"

/* Terms that ask the DNS in one check, and such questions without an answer: section 4.6.4. */
#define SPF_TERMS_MAX        10
#define SPF_VOID_LOOKUPS_MAX 2
/* MX hosts, and names of the client, that are looked at: section 4.6.4. */
#define SPF_HOSTS_MAX 10
/* Octets of a record that are read; a longer one is not followed. */
#define SPF_RECORD_MAX 16384

enum spf_mechanism {
	SPF_MECHANISM_ALL,
	SPF_MECHANISM_INCLUDE,
	SPF_MECHANISM_A,
	SPF_MECHANISM_MX,
	SPF_MECHANISM_PTR,
	SPF_MECHANISM_IP4,
	SPF_MECHANISM_IP6,
	SPF_MECHANISM_EXISTS,
};

/* One directive. */
struct spf_term {
	enum spf_mechanism mechanism;
	char qualifier;            /* '+', '-', '~' or '?' */
	struct str text;           /* as published, with its qualifier */
	struct str domain;         /* domain-spec; empty where none is given */
	unsigned prefix4;          /* bits that have to match: 0 to 32 */
	unsigned prefix6;          /* 0 to 128 */
	unsigned char address[16]; /* ip4: 4 octets; ip6: 16 */
};

struct spf_record {
	struct str text;
	vec_members(struct spf_term);
	bool has_redirect;
	struct str redirect; /* domain-spec */
	bool has_exp;
	struct str exp; /* domain-spec */
};

/* The address that is asked about. */
struct spf_client {
	bool ip6;
	unsigned char address[16]; /* 4 or 16 octets */
};

/* Reads an address; ::ffff:192.0.2.1 is 192.0.2.1 (section 5). False where it isn't one. */
bool spf_client_read(struct str text, struct spf_client *client_r);
/* Whether the first `prefix` bits of an address of the client's family are the client's. */
bool spf_client_matches(const struct spf_client *client, const unsigned char *address,
                        unsigned prefix);

/* Whether a TXT record is one of SPF's: "v=spf1" followed by a space or nothing. */
bool spf_record_is_spf(struct str text);
/* NULL with a sentence in *problem_r where the record breaks the grammar. */
const struct spf_record *spf_record_parse(struct arena *arena, struct str text,
                                          struct str *problem_r);

/*
 * The record as the evaluator gets it: only what can match this client, each term as a question
 * "exists:tN.x" or "include:tN.x" where N counts up from `first_token`, then "redirect=tN.x".
 * No octet of the published record is in it, and its length is bounded. *tokens_r says which term
 * each token stands for; the index `record->len` stands for the redirect.
 */
#define SPF_REWRITTEN_MAX    256
#define SPF_REWRITTEN_TOKENS (SPF_TERMS_MAX + 3)
struct spf_rewriting {
	char text[SPF_REWRITTEN_MAX];
	size_t count;
	size_t terms[SPF_REWRITTEN_TOKENS];
};
void spf_record_rewrite(const struct spf_record *record, const struct spf_client *client,
                        unsigned first_token, struct spf_rewriting *rewriting_r);

#endif
