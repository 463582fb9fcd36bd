/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Sender Rewriting Scheme: a forwarded message gets a sender in our domain, from which its
 * bounces find the way back. SRS0 and SRS1 byte for byte as PostSRSd and libsrs2 write them; what
 * is read back may have lost its case. Pure functions but srs_read_secrets(); thread-safe.
 */
#ifndef FORWARD_SRS_H
#define FORWARD_SRS_H

#include "base/error.h"
#include "base/vec.h"

#define SRS_MAX_HASH_LENGTH 26 /* characters that 20 bytes of SHA-1 give */
/* Longest address with its domain, RFC 5321 section 4.5.3.1.3. MTAs accept local parts of more than
 * 64 octets, which SRS could not do without. */
#define SRS_MAX_ADDRESS 254

struct srs_settings {
	struct str domain;       /* what rewritten senders end in */
	struct str other;        /* another one that senders of ours end in; or empty */
	struct str_list secrets; /* the first one signs, all of them verify */
	char separator;          /* after SRS0 and SRS1: '=', '+' or '-' */
	unsigned hash_length;    /* characters written */
	unsigned hash_min;       /* fewest characters accepted */
	unsigned max_age_days;   /* of what is accepted */
};

enum srs_result {
	SRS_REWRITTEN,
	SRS_UNCHANGED, /* forward: the null sender, or one in our domain */
	SRS_NOT_SRS,   /* reverse: not an SRS address of our domain */
	SRS_MALFORMED, /* begins like SRS but isn't, or isn't an address at all */
	SRS_FORGED,    /* no secret made its hash */
	SRS_EXPIRED,
	SRS_TOO_LONG, /* the result would be over SRS_MAX_ADDRESS */
	SRS_FAILED,   /* the library for hashes doesn't work: nothing is known about the address */
};

/* One secret a line, the first one signs; empty lines don't count. The mode must not give others
 * access. */
bool srs_read_secrets(struct arena *arena, const char *path, struct str_list *secrets,
                      struct error *err_r);

/* The sender that a forwarded message gets; `now` in seconds since 1970. *address_r is set where
 * the answer is SRS_REWRITTEN or SRS_UNCHANGED. */
enum srs_result srs_forward(struct arena *arena, const struct srs_settings *settings,
                            struct str sender, int64_t now, struct str *address_r);

/* Where a bounce to `address` has to go. *address_r is set where the answer is SRS_REWRITTEN. A day
 * stamp of tomorrow is in date, for hosts' clocks differ. */
enum srs_result srs_reverse(struct arena *arena, const struct srs_settings *settings,
                            struct str address, int64_t now, struct str *address_r);

/* "SRS address has expired", for SMTP replies and operators. */
const char *srs_result_text(enum srs_result result);

#endif
