/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the SMTP session said of a message: the client, its name, the sender and the recipients.
 * Filled by the milter from its callbacks and macros, or by the command line tool from options
 * and the message's own headers. A plain value; its slices live in the message's arena.
 */
#ifndef MESSAGE_ENVELOPE_H
#define MESSAGE_ENVELOPE_H

#include <time.h>

#include "base/vec.h"

struct envelope_recipient {
	struct str address;  /* without angle brackets; as the client wrote it */
	struct str original; /* ORCPT address decoded (RFC 3461 section 4.2), or empty */
	struct str resolved; /* {rcpt_addr}: what the MTA made of it, an address, or empty */
	struct str reversed; /* of an SRS address of ours: to whom mail for it goes; or empty */
};

struct envelope_recipients {
	vec_members(struct envelope_recipient);
};

struct envelope {
	struct str
		client_ip; /* "192.0.2.1", "2001:db8::1"; empty where not known or a unix socket */
	struct str client_name; /* verified by the MTA; empty or "unknown" where there is none */
	struct str helo;
	struct str sender; /* MAIL FROM without angle brackets; empty for <> */
	bool has_sender;   /* false where no envelope is known at all */
	struct envelope_recipients recipients;
	bool smtputf8;          /* its header may hold UTF-8: RFC 6531 */
	bool authenticated;     /* the client gave credentials to this MTA */
	struct str auth_user;   /* {auth_authen}, or empty */
	struct str queue_id;    /* the MTA's, or empty */
	struct str daemon_name; /* {daemon_name}: the listener, "" where not known */
	struct str host;        /* our own name, the one that the MTA writes in Received */
	struct str protocol;    /* "SMTP", "ESMTP", "ESMTPS" …, or empty */
	time_t received_at;     /* seconds since 1970 */
};

#endif
