/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DKIM signatures of a message, checked: RFC 6376 section 6. In two steps, for the keys come over
 * the network between them: what can be told from the message alone, the hash of its body
 * included, and then each signature with its key. Pure functions but for the time that is given;
 * results in the arena. One thread an object.
 */
#ifndef FACTS_DKIM_H
#define FACTS_DKIM_H

#include "facts/dkim_bodies.h"
#include "facts/dkim_key.h"
#include "facts/dns_answer.h"

/* RFC 8601 section 2.7.1. */
enum dkim_result {
	DKIM_NONE,
	DKIM_PASS,
	DKIM_FAIL,    /* signed, but not this */
	DKIM_POLICY,  /* it may verify, and is not accepted: SHA-1, a short key, expired */
	DKIM_NEUTRAL, /* it could not be judged: not all of the body is known */
	DKIM_TEMPERROR,
	DKIM_PERMERROR,
};

struct dkim_check {
	struct dkim_signature signature;
	struct str key_name; /* what to ask TXT of; empty: it is decided without */
	enum dkim_result result;
	const char *reason;  /* a sentence's end; empty where it passes */
	bool testing;        /* the key says that its domain is trying DKIM out */
	bool unsigned_text;  /* l= leaves text of the body out */
	struct str found_by; /* the forwarder who found that it passes; or empty */
	unsigned key_bits;   /* 0: no key was read */
};

struct dkim_message {
	struct dkim_fields fields;
	struct dkim_check *checks; /* in the order of the message */
	size_t count;
	bool more; /* there were more signatures than DKIM_SIGNATURES_MAX */
};

/* The header section and what is known of the body; `now` in seconds since 1970. */
struct dkim_input {
	struct str headers;
	size_t skip; /* this many fields in front are not the message's */
	struct str body;
	bool truncated; /* there is more of the body */
	/* Hashes of the body that were made while it arrived; NULL, or without the one that is
	 * wanted: they are made now. */
	const struct dkim_bodies *bodies;
	enum dkim_kind kind;
	int64_t now;
};

/* Reads the signatures and hashes the body. */
void dkim_read(struct arena *arena, const struct dkim_input *input, struct dkim_message *message_r);

/* The same for one field alone, where the fields of `message` are read. */
void dkim_read_one(struct arena *arena, const struct dkim_input *input, size_t field,
                   struct dkim_message *message);

/* Judges one signature by the answer for its key_name; NULL: there was none in time. */
void dkim_verify(struct arena *arena, const struct dkim_message *message, struct dkim_check *check,
                 const struct dns_answer *answer);

/* "pass", "permerror" … */
const char *dkim_result_name(enum dkim_result result);

#endif
