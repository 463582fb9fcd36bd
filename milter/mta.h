/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what the MTA says (callback arguments, macros) to an envelope: pure functions of C strings,
 * so that they are tested and fuzzed without libmilter. Macros that the MTA didn't send are NULL.
 */
#ifndef MILTER_MTA_H
#define MILTER_MTA_H

#include <sys/socket.h>

#include "message/envelope.h"

/* Room for an address as text. */
#define MTA_CLIENT_IP_SIZE 64

/*
 * The client's address as text; IPv4-mapped IPv6 addresses become IPv4. "" for unix sockets, for
 * mail that was submitted locally, and where the MTA says nothing (`address` NULL).
 */
const char *mta_client_ip(const struct sockaddr *address, char text[MTA_CLIENT_IP_SIZE]);

/*
 * The client's name where the MTA verified it, else "". `name` is what the connect callback got,
 * `macro_` the macro "_", in which Sendmail says that a name may be forged.
 */
const char *mta_client_name(const char *name, const char *macro_);

/* "<joe@example.com>" → "joe@example.com"; source routes (RFC 5321 appendix C) are left out. */
struct str mta_address(struct arena *arena, const char *argument);

/*
 * The address in an ORCPT= parameter among the arguments of RCPT TO, decoded by RFC 3461 section
 * 4.2; empty where there is none, or where its type isn't that of an Internet mail address.
 */
struct str mta_original_recipient(struct arena *arena, char *const *arguments);

/* What the MTA resolved a recipient to, from the macro {rcpt_addr} (or NULL); empty if it isn't an
 * address of another host. */
struct str mta_resolved_recipient(struct arena *arena, const char *macro_);

/*
 * Whether the MTA refuses this recipient, and only tells us (SMFIP_RCPT_REJ): from the macros
 * {rcpt_mailer} and {rcpt_host}, either NULL where not sent. Postfix resolves the recipients of
 * virtual alias domains to its error mailer, too, and accepts them.
 */
bool mta_rejects_recipient(const char *mailer, const char *host);

/* Whether SMTPUTF8 is among the arguments of MAIL FROM (RFC 6531 section 3.4). */
bool mta_smtputf8(char *const *arguments);

/*
 * What the transmission was, for Received: "ESMTP", or "UTF8SMTP" with SMTPUTF8, then S for TLS and
 * A for a login (RFC 3848, RFC 6531 section 4.3).
 */
struct str mta_protocol(bool smtputf8, bool tls, bool authenticated);

/*
 * The Received field that the MTA is going to write above this message, with its line end, at most
 * `max` bytes. `version` is the macro "v" ("Postfix 3.7.11") or NULL.
 */
struct str mta_received(struct arena *arena, const struct envelope *envelope, const char *version,
                        size_t max);

#endif
