/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links that say by themselves what they are good for: one purpose, one account, maybe one
 * message, until a time. Signed (HMAC-SHA256) by a key that only this site has, so that nobody
 * else can make or change one; nothing is stored. A link holds until it expires or its account's
 * epoch is raised (web/link_epochs.h). Pure; thread-safe.
 */
#ifndef WEB_SIGNED_LINK_H
#define WEB_SIGNED_LINK_H

#include "base/arena.h"
#include "web/link_key.h"

/* What a link lets its bearer do. The numbers are in links that are under way: never reuse one. */
enum link_purpose {
	LINK_VIEW = 1,    /* see what was done with the account's mail */
	LINK_SESSION = 2, /* what a browser keeps, once it has opened a link to view */
	LINK_DELIVER = 3, /* have one message delivered after all */
	LINK_WELCOME = 4, /* welcome the sender of one message */
	LINK_BLOCK = 5,   /* block the sender of one message */
	LINK_RIGHT = 6,   /* say of one message that it was judged rightly */
	LINK_SPAM = 7,    /* say of one message that it is spam */
	/* Staff say what one message really is that was judged otherwise. */
	LINK_MISTAKE_HAM = 8,
	LINK_MISTAKE_SPAM = 9,
	/* Change the account's lists; `message` is what list_link.h makes of the entry. */
	LINK_LIST_ADD = 10,
	LINK_LIST_REMOVE = 11,
};

/* Bytes of an account and of a message's name, at most. */
#define LINK_ACCOUNT_MAX 320
#define LINK_MESSAGE_MAX 255
/* Characters of a link's text, at most. */
#define LINK_TEXT_MAX 900

struct signed_link {
	enum link_purpose purpose;
	struct str account; /* an address or a domain, in lower case */
	struct str message; /* a scan id; "" for the whole account */
	int64_t expires;    /* seconds since 1970 */
	uint32_t epoch;     /* the account's when the link was made */
};

enum link_state {
	LINK_VALID,
	LINK_FORGED, /* not ours, changed, for another purpose, or no link at all */
	LINK_EXPIRED,
	LINK_REVOKED, /* only link_epochs_judge() gives it */
};

/*
 * The link as text of A-Z, a-z, 0-9, "-" and "_", in the arena; it is put behind an address. False
 * where account or message are too long, or there is no account.
 */
bool signed_link_write(struct arena *arena, const struct link_key *key,
                       const struct signed_link *content, struct str *text_r);

/*
 * What the text says, in the arena. LINK_VALID only where it was written with this key and for
 * this purpose and `now` (seconds since 1970) is before its end; *content_r is set then, and where
 * it has expired. How long the check takes tells nothing of the key.
 */
enum link_state signed_link_read(struct arena *arena, const struct link_key *key,
                                 enum link_purpose purpose, struct str text, int64_t now,
                                 struct signed_link *content_r);

#endif
