/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A record: what was done with one recipient of one message. A plain value of C strings and
 * numbers; the recorder copies what it is given. A string that is NULL counts as empty; a record
 * that is read back has none.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdint.h>

enum record_kind {
	RECORD_DISCARDED,          /* forwarded mail dropped for its score */
	RECORD_DISCARDED_INFECTED, /* forwarded mail dropped for malware */
	RECORD_DELIVERED,          /* accepted for a mailbox */
	RECORD_FORWARDED,          /* accepted for an external destination */
	RECORD_REJECTED,           /* refused by the MTA at RCPT: only counted, per domain */
	RECORD_REJECTED_SRS,       /* forged or expired SRS recipient: counted likewise */
	RECORD_OBSERVED,           /* forwarded, but would have been dropped: `observe` */
};
#define RECORD_KIND_COUNT 7

/* Bytes of a Subject that are recorded. */
#define RECORD_SUBJECT_MAX 200

/* Bits of record.exempt. */
#define RECORD_NEVER_TAGGED  1u /* by the policy for the client or a recipient */
#define RECORD_NEVER_DROPPED 2u /* by the policy for the client, or what the message is */

struct record {
	enum record_kind kind;
	int64_t time_us; /* microseconds since 1970 */
	const char *scan_id;
	const char
		*queue_id; /* on the hop: the front's, which stays the same when the MTA retries */
	const char
		*content; /* a hash of the message as text, or "": tells reused queue ids apart */
	const char *message_id;  /* without angle brackets */
	const char *sender;      /* envelope sender; "" for <> */
	const char *recipient;   /* the hosted recipient */
	const char *destination; /* where it would have gone; "" where the same as recipient */
	int32_t score;           /* thousandths */
	int32_t threshold;       /* thousandths: the one that decided; of what was delivered or
	                          * forwarded, the recipient's required_score */
	const char *client_ip;
	const char *client_name;
	const char *rules; /* "A=1.2,B=-3" */
	int64_t size;      /* bytes */
	int tagged;        /* the Subject was tagged */
	/*
	 * Which host and which life of its filter wrote it: an offer that another one left
	 * unanswered may come at once. The recorder sets it.
	 */
	const char *origin;
	const char *kept;    /* why it was not dropped although its score says so; or "" */
	const char *subject; /* decoded, one line of at most RECORD_SUBJECT_MAX bytes; "" where
	                      * Subjects are not recorded */
	const char *authentication; /* "spf=pass NAME; dkim=none; dmarc=fail NAME"; "" where nothing
	                             * was asked, as on the hop, where the front's record has it */
	const char *threshold_origin; /* "FILE:LINE" that set `threshold`, or "default"; "" where an
	                               * older version wrote the record */
	const char *signature;        /* of malware: its name; else "" */
	const char
		*matched; /* what rules matched, see record_rules.h; "" where it is not recorded */
	const char *reported_as; /* of a forward: what it is on a blocklist as where somebody
	                          * reports it as spam, see scoring/reported.h; or "" */
	/* RECORD_NEVER_TAGGED …: what another score or threshold would not have changed. */
	unsigned exempt;
	int32_t doubt; /* thousandths that the score might have been lower by, had all been found
	                  out */
	/*
	 * Not a record, but the note that the MTA has its answer about the record that is written
	 * like this. Until then, the same message under another queue id is that message offered
	 * again.
	 */
	int answered;
	int retracted; /* not a record: the one that is written like this is taken out again */
};

#endif
