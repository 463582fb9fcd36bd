/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sealed field by which a message that was dropped, and then released by somebody, is not
 * dropped once more on its way out. It is for one message, by the same digests as the seal, for
 * one recipient, and for some minutes; the filter takes it out where it sees it, whether it
 * believes it or not. Pure; thread-safe.
 */
#ifndef FORWARD_RELEASE_MARK_H
#define FORWARD_RELEASE_MARK_H

#include "forward/seal_content.h"
#include "message/header.h"

#define RELEASE_MARK_NAME "X-Assay-Release"

struct release_mark {
	int64_t expires_at;   /* seconds since 1970 */
	struct str scan_id;   /* of the message, when it was dropped */
	struct str recipient; /* as in RCPT TO, without angle brackets */
	struct str by;        /* who released it, for log and record */
	struct seal_digest body, fields;
	unsigned fields_present; /* see seal_fields_digest() */
};

/* The field's value, folded with "\n\t"; empty where a digest is not known or the library fails. */
struct str release_mark_write(struct arena *arena, const struct seal_key *key,
                              const struct release_mark *mark);

struct release_mark_check {
	int64_t now; /* seconds since 1970 */
	struct seal_digest body;
	const struct raw_field_list *fields; /* of the whole header, at least those bound */
};

/*
 * Looks for a mark of this message among its fields, wherever it stands; whether it is for the
 * recipient is the caller's to see. False where none is, or none that holds.
 */
bool release_mark_find(struct arena *arena, const struct seal_key *key,
                       const struct header_list *headers, const struct release_mark_check *check,
                       struct release_mark *mark_r);

#endif
