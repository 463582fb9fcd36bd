/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The complete set of a message's recipients, as the front saw them, in a seal. Few are there by
 * address; of many, there are their domains and a Bloom filter of keyed hashes, which says whether
 * an address may be one of them: the more there are, the less certainly. Next to each stands, as
 * hashes, what else the front knows: the ORCPT that the client gave, so that the hop can tell it
 * from one of our MTA, and the address that the MTA itself resolved it to. Pure functions;
 * thread-safe.
 */
#ifndef FORWARD_SEAL_RECIPIENTS_H
#define FORWARD_SEAL_RECIPIENTS_H

#include "base/strbuf.h"
#include "forward/seal_box.h"
#include "message/envelope.h"

/* The first bytes of a keyed hash of an address; none: all zero. */
#define SEAL_MARK_SIZE 6
struct seal_mark {
	unsigned char bytes[SEAL_MARK_SIZE];
};

struct seal_recipient {
	struct str address;
	struct str key;            /* address_key() of it */
	struct seal_mark original; /* of a client's ORCPT other than the address */
	struct seal_mark resolved; /* of what the MTA made of it, other than the address */
};

struct seal_recipients {
	size_t count;                       /* of all */
	vec_members(struct seal_recipient); /* as many, or none where they are too many for that */
	/* Where there are no items: */
	struct str filter;       /* bits of a Bloom filter */
	struct str_list domains; /* folded, as many as fit */
	bool originals;          /* a client gave an ORCPT */
};

/* Bytes that seal_recipients_write() adds at most. */
#define SEAL_RECIPIENTS_MAX 7000

/* From the envelope at the front. False where the library fails. */
bool seal_recipients_gather(struct arena *arena, const struct seal_key *key,
                            const struct envelope_recipients *envelope,
                            struct seal_recipients *set_r);
/* As text of any bytes, in `buf`. */
bool seal_recipients_write(struct strbuf *buf, const struct seal_key *key,
                           const struct seal_recipients *set);
/* What seal_recipients_write() wrote; false for anything else. */
bool seal_recipients_read(struct arena *arena, struct str text, struct seal_recipients *set_r);

enum seal_membership {
	SEAL_MEMBER_NO,
	SEAL_MEMBER_YES,     /* or, with a filter, in rare cases somebody else */
	SEAL_MEMBER_UNKNOWN, /* the library failed */
};
/* Was the message addressed to it from the start? */
enum seal_membership seal_recipients_has(struct arena *arena, const struct seal_recipients *set,
                                         const struct seal_key *key, struct str address);

/* Do marks of items fit this address? False where the library fails. */
bool seal_mark_of(const struct seal_key *key, struct str address, struct seal_mark *mark_r);
bool seal_mark_same(const struct seal_mark *a, const struct seal_mark *b);
/* Is there one? */
bool seal_mark_given(const struct seal_mark *mark);

#endif
