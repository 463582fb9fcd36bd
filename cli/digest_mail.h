/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mail of a digest: text and HTML with the same content (RFC 2046 section 5.1.4). Pure. */
#ifndef CLI_DIGEST_MAIL_H
#define CLI_DIGEST_MAIL_H

#include "base/strbuf.h"
#include "base/vec.h"

enum digest_link {
	DIGEST_DELIVER,
	DIGEST_WELCOME,
	DIGEST_BLOCK,
	DIGEST_RIGHT,
	DIGEST_SPAM,
};
#define DIGEST_LINK_COUNT 5

enum digest_fate {
	DIGEST_DROPPED,
	DIGEST_TAGGED,
	DIGEST_PASSED, /* sent on as it came */
};

/* One message; what strangers wrote is shown_text(). */
struct digest_item {
	struct str scan_id;
	int64_t time_us; /* since 1970 */
	int32_t score;   /* thousandths */
	enum digest_fate fate;
	int64_t released_us; /* since 1970: when it was delivered after all; 0: it was not */
	bool release_begun;  /* it isn't known whether it was */
	struct str sender, recipient, destination, subject;
	struct str reported_as;              /* as in struct record; or empty */
	struct str links[DIGEST_LINK_COUNT]; /* whole addresses; empty: not offered */
};
struct digest_items {
	vec_members(struct digest_item);
};

struct digest {
	struct str account;
	struct str from, to; /* addresses */
	struct str service;  /* whose digest it is */
	struct str since;    /* as it was asked for */
	struct str message_id;
	int64_t now_s;
	/* What was dropped or tagged; what was let through, listed apart. */
	const struct digest_items *items, *passed;
	size_t left_out, passed_left_out; /* messages beyond those that are listed */
};

/* The mail with its header; lines end in LF. */
void digest_mail_write(struct strbuf *buf, const struct digest *digest);

#endif
