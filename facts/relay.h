/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One of the hosts that a message came through. A plain value.
 */
#ifndef FACTS_RELAY_H
#define FACTS_RELAY_H

#include "base/str.h"

/*
 * One handover: the client `ip` gave the message to `by`. In the texts, white space, NUL and
 * the characters #[]()<>| are replaced by "!"; `id` is one word as it stands, and
 * what a stranger chose in `auth` has no "=" and none of these characters either.
 */
struct relay {
	struct str ip;   /* "192.0.2.1", "2001:db8::1"; mapped addresses as IPv4 */
	struct str rdns; /* what DNS says of the client, or empty */
	struct str helo;
	struct str by;
	struct str ident;
	struct str id;
	struct str auth; /* how the client authenticated, "ESMTPSA", "Postfix", …; else empty */
	struct str envelope_from;
	bool has_envelope_from; /* it was given; it is empty for <> */
	bool no_reverse_dns;    /* the server looks names up, and there was none */
	bool ip_private;
	bool ip_trusted; /* in the trusted networks, whoever says that it was there */
	bool trusted;
	bool internal;
	bool msa;           /* in relay_settings.msa */
	bool is_origin;     /* from X-Originating-IP or its kin */
	bool is_connection; /* made from the envelope, not from a Received field */
	size_t text_end;    /* where its text ends in that of the list */
};

#endif
