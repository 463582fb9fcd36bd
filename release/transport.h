/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way by which what is released goes to the MTA: SMTP, or its program sendmail. Thread-safe. */
#ifndef RELEASE_TRANSPORT_H
#define RELEASE_TRANSPORT_H

#include "release/smtp.h"

struct transport {
	struct smtp_server server; /* where there is no program */
	const char *program;       /* or NULL */
};

/* "smtp:HOST:PORT", "sendmail:/path"; false with what is wrong, which names the key. Asks no name
 * server and opens nothing. */
bool transport_parse(struct arena *arena, const char *key, struct str text,
                     struct transport *transport_r, struct error *err_r);

/* Blocks. */
enum smtp_end transport_send(const struct transport *transport, const struct smtp_mail *mail,
                             struct error *err_r);

#endif
