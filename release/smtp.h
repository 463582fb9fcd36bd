/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One message to one recipient, handed to an MTA on this host by SMTP (RFC 5321), with what the
 * server offers of 8BITMIME, SMTPUTF8 and DSN. Thread-safe; blocks.
 */
#ifndef RELEASE_SMTP_H
#define RELEASE_SMTP_H

#include "base/error.h"
#include "base/vec.h"

struct smtp_server {
	const char *host, *port;
};
/* "smtp:HOST:PORT", "smtp:[::1]:PORT"; false with what is wrong, which names the key. Asks no name
 * server. */
bool smtp_server_parse(struct arena *arena, const char *key, struct str text,
                       struct smtp_server *server_r, struct error *err_r);

struct smtp_mail {
	struct str helo;
	struct str sender, recipient; /* without angle brackets */
	struct str original;          /* for ORCPT; or empty */
	bool smtputf8;
	struct str head; /* fields to put in front, with their line end */
	struct str raw;  /* lines end in LF */
};

enum smtp_end {
	SMTP_SENT,
	SMTP_NOT_SENT, /* the server doesn't have it: *err_r says why */
	SMTP_UNKNOWN,  /* all of it was sent, and no answer came */
};
enum smtp_end smtp_send(const struct smtp_server *server, const struct smtp_mail *mail,
                        struct error *err_r);

#endif
