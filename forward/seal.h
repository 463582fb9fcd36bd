/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sealed header that hands the verdict of the front pass to the forward hop. The front pass
 * removes every copy that comes from outside and writes its own on top; the hop believes only one
 * whose HMAC-SHA256 is right, whose age is below a limit, and which stands directly above a
 * Received field of our own hosts. Pure functions; thread-safe.
 */
#ifndef FORWARD_SEAL_H
#define FORWARD_SEAL_H

#include "base/error.h"
#include "message/header.h"

#define SEAL_HEADER_NAME "X-Assay-Seal"

struct seal_key {
	unsigned char bytes[64];
	size_t len;
};

struct seal {
	int64_t sealed_at; /* seconds since 1970 */
	struct str host;   /* the front's name in Received fields; may be empty */
	struct str scan_id;
	int32_t score;    /* thousandths */
	int32_t required; /* thousandths */
	bool complete;    /* no limit or deadline was hit: the hop may drop on it */
	bool authenticated;
	struct str rules; /* "A=1.2,B=3", for the record on the hop */
	struct str client_ip;
	struct str_list
		recipients; /* as the front saw them; those beyond 4000 bytes are left out */
};

/* Reads the key file: at least 16 bytes, mode without access for others. */
bool seal_key_read(const char *path, struct seal_key *key_r, struct error *err_r);
/* Makes a key of random bytes and writes it with mode 0640, unless the file exists. */
bool seal_key_create(const char *path, struct error *err_r);

/* The field's value, folded with "\n\t" at 78 columns, ASCII only. */
struct str seal_write(struct arena *arena, const struct seal_key *key, const struct seal *seal);

enum seal_state {
	SEAL_ABSENT,
	SEAL_VALID,
	SEAL_FORGED, /* the HMAC is wrong, or it doesn't stand where ours does */
	SEAL_EXPIRED,
};

/* What the hop knows. */
struct seal_check {
	struct str host;   /* our name in Received fields */
	int64_t now;       /* seconds since 1970 */
	int64_t max_age_s; /* 0: SEAL_DEFAULT_MAX_AGE */
};
#define SEAL_DEFAULT_MAX_AGE (5 * 24 * 3600)

/*
 * Looks for the seal of a message that arrived on the hop. It must stand on top, and above a
 * Received field of ours with nothing but the front's other fields between them; above it only what
 * our own local(8) adds when an alias forwards may stand: "Received: by HOST (…)" without a client,
 * and Delivered-To. *seal_r is set where the answer is SEAL_VALID.
 */
enum seal_state seal_find(struct arena *arena, const struct seal_key *key,
                          const struct header_list *headers, const struct seal_check *check,
                          struct seal *seal_r);

#endif
