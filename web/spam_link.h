/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The message of a link by which a reader tells that mail is spam: its scan id, and behind it what
 * stands for the mail on a blocklist (scoring/reported.h), so that nothing is stored until somebody
 * follows the link. Pure; thread-safe.
 */
#ifndef WEB_SPAM_LINK_H
#define WEB_SPAM_LINK_H

#include "web/signed_link.h"

/* For signed_link.message, in the arena. */
struct str spam_link_message(struct arena *arena, struct str scan_id, struct str reported_as);

/* The scan id in the message of any link. */
struct str spam_link_scan_id(struct str message);
/* What stands for the mail; empty where the message has none. */
struct str spam_link_reported_as(struct str message);

#endif
