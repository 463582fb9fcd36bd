/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who asks, and so what may be shown. There are no passwords of ours: staff and customers are named
 * by a proxy that authenticated them, or come by a link that is signed. Pure but for the file of
 * epochs; thread-safe.
 */
#ifndef WEB_VISITOR_H
#define WEB_VISITOR_H

#include "web/link_epochs.h"
#include "web/request.h"
#include "web/words.h"

/* The account of a link for staff: they see all. */
#define VISITOR_ALL "*"

enum visitor_kind {
	VISITOR_NOBODY,
	VISITOR_CUSTOMER, /* sees one account */
	VISITOR_STAFF,    /* sees everything */
};

struct visitor {
	enum visitor_kind kind;
	struct str name;    /* to be shown; strangers may have written it */
	struct str account; /* of a customer, in lower case; never empty for one */
	bool by_link;
	enum word why; /* of nobody: why not */
};

/* How visitors are known. */
struct visitor_rules {
	struct str staff_header;    /* that has a member of staff's name; or empty */
	struct str account_header;  /* that has a customer's account; or empty */
	const struct link_key *key; /* NULL: there are no links */
	const char *epochs_path;
};

/* `now`: seconds since 1970. Headers are believed only of what is near; where both are there, the
 * account's holds, which shows less. */
struct visitor visitor_of(struct arena *arena, const struct visitor_rules *rules,
                          const struct request *request, int64_t now);

/*
 * What a browser is given to keep for a link that it was opened by: the cookie's value, which holds
 * as long as the link, and in how many seconds that ends. False, with the reason, where the link
 * shows nothing.
 */
bool visitor_open(struct arena *arena, const struct visitor_rules *rules, struct str text,
                  int64_t now, struct str *cookie_r, int64_t *seconds_r, enum word *why_r);

#endif
