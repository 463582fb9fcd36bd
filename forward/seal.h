/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sealed header that hands the front's verdict to the forward hop. The front pass
 * removes every copy that comes from outside and writes its own on top. It is encrypted, so that a
 * copy that ends in a mailbox tells nothing; and it is believed only on the message that it was
 * written for: on top of the Received field of that host with that queue id, over the same text,
 * for some days. Pure functions; thread-safe.
 */
#ifndef FORWARD_SEAL_H
#define FORWARD_SEAL_H

#include "forward/seal_content.h"
#include "forward/seal_recipients.h"
#include "message/header.h"

#define SEAL_HEADER_NAME "X-Assay-Seal"

struct seal {
	int64_t sealed_at;   /* seconds since 1970 */
	struct str host;     /* the front's name in Received fields; may be empty */
	struct str listener; /* the front's {daemon_name}; may be empty */
	struct str queue_id; /* the front's; may be empty */
	struct str scan_id;
	int32_t score;    /* thousandths */
	int32_t floor;    /* thousandths: the score is not lower whatever could not be found out */
	int32_t required; /* thousandths */
	struct str doubt; /* what could not be found out, where floor < score */
	struct str signature; /* of malware that was found in it: its name; or empty */
	bool exempt;          /* the client's mail is neither tagged nor dropped */
	struct str undo;      /* what the front did to the Subject; see scoring/subject_undo.h */
	struct str rules; /* "A=1.2,B=3", for the record on the hop; cut where it is very long */
	struct str client_ip;
	struct seal_digest body;
	struct seal_digest
		fields; /* of those bound, as they are delivered; see seal_fields_digest() */
	unsigned fields_present;
	struct seal_recipients recipients;
};

/* The field's value, folded with "\n\t" at 78 columns, ASCII only; at most 16 KiB. Empty where
 * there can't be one: a digest is not known, or the library fails. */
struct str seal_write(struct arena *arena, const struct seal_key *key, const struct seal *seal);

enum seal_state {
	SEAL_ABSENT,
	SEAL_VALID,
	SEAL_FORGED, /* not under our key, or it doesn't stand where ours does */
	SEAL_EXPIRED,
	SEAL_OTHER_TEXT, /* the message is not as it left the front */
};
/* "absent", "forged" … */
const char *seal_state_name(enum seal_state state);

/* What the hop knows. */
struct seal_check {
	struct str host;     /* our name in Received fields */
	struct str listener; /* our own {daemon_name}: no seal is of it */
	int64_t now;         /* seconds since 1970 */
	int64_t max_age_s;   /* 0: SEAL_DEFAULT_MAX_AGE */
	bool released; /* a mark of ours holds for it: neither its age counts, nor what is above the
	                * mark */
	struct seal_digest body;
	const struct raw_field_list *fields; /* of the whole header, at least those bound */
};
#define SEAL_DEFAULT_MAX_AGE (5 * 24 * 3600)

/*
 * Looks for the seal of a message that arrived on the hop. It must stand on top, and above the
 * front's Received field with nothing but the front's other fields between them; above it only what
 * our own local(8) adds when an alias forwards may stand: "Received: by HOST (…)" without a client,
 * and Delivered-To. *seal_r is set where the answer is SEAL_VALID.
 */
enum seal_state seal_find(struct arena *arena, const struct seal_key *key,
                          const struct header_list *headers, const struct seal_check *check,
                          struct seal *seal_r);

/*
 * Without a seal: the Received field with which the message came to this host, below what local(8)
 * and the front put on top; NULL where the topmost one is another host's.
 */
const struct header *seal_front_received(const struct header_list *headers, struct str host);

#endif
