/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way of a message: the SMTP connection and what its Received fields (RFC 5321 section 4.4) say
 * in the many forms that mail servers write, and how far of it can be believed. Plain values in
 * the message's arena, never changed. Nothing fails; fields that can't be read are counted.
 */
#ifndef FACTS_RELAYS_H
#define FACTS_RELAYS_H

#include "base/vec.h"
#include "facts/networks.h"
#include "facts/relay.h"
#include "message/envelope.h"
#include "message/header.h"

/* An address in a field in which web mail says where its user was. */
struct origin_address {
	struct str ip;
	bool ip_private;
	bool ip_trusted; /* in the trusted networks */
};

struct relay_list {
	vec_members(struct relay); /* newest first */
	size_t trusted;            /* this many at the front are trusted … */
	size_t internal;           /* … and this many of them internal */
	size_t unreadable;         /* Received fields that could not be read */
	/* So many Received fields from the top, read or not, are in the trusted or internal part.
	 */
	size_t trusted_fields;
	size_t internal_fields;
	struct str text; /* of all of them; see relays_text() */
	bool guessed;    /* no networks were given: see relays_handover() */
	/* All that such fields name; the first of each field is a relay, too. */
	vec_of(struct origin_address) origins;
};

/* How far relays are believed, and what else of the header tells of them. All may be empty. */
struct relay_settings {
	const struct network_list *trusted;
	const struct network_list *internal; /* NULL or empty: as trusted */
	/* Of them, hosts that take mail from our own users only: what came to them is trusted. */
	const struct network_list *msa;
	/* Fields in which web mail says where its user was; NULL: those that are usual. */
	const struct str_list *origin_headers;
	/* The field that has the envelope's sender, for stored messages; empty: those that MTAs
	 * write. */
	struct str sender_header;
};

/*
 * Reads the envelope's SMTP connection (where it has a client address), then the Received fields,
 * newest first, then X-Originating-IP and its kin. A relay is trusted while all before it are and
 * the client is in `trusted` or authenticated; internal the same with `internal`. After a client
 * in `msa` nothing changes any more. Loopback addresses are in both. With `trusted` empty,
 * `internal` is trusted; with both empty, clients with private addresses and authenticated
 * ones are.
 */
const struct relay_list *relays_parse(struct arena *arena, const struct header_list *headers,
                                      const struct envelope *envelope,
                                      const struct relay_settings *settings);

/* The relay that gave the message to our network: the first that is not internal; NULL: none. */
const struct relay *relays_first_external(const struct relay_list *relays);
/* The first that is not trusted; NULL where all are. */
const struct relay *relays_first_untrusted(const struct relay_list *relays);

/*
 * The host that handed the message over to us: relays_first_external(), or, where no networks were
 * given, the best guess. A client that is of the same registered domain as the host that took the
 * mail from it, and that had it from elsewhere itself, is then another relay of ours. NULL: none.
 */
const struct relay *relays_handover(struct arena *arena, const struct relay_list *relays);
/* As of relays_text(), of this one; empty where there is none. */
struct str relays_handover_text(struct arena *arena, const struct relay_list *relays);

enum relay_range {
	RELAYS_TRUSTED,
	RELAYS_UNTRUSTED,
	RELAYS_INTERNAL,
	RELAYS_EXTERNAL,
};

/* What SpamAssassin's rules see as X-Spam-Relays-…: "[ ip=… rdns=… helo=… by=… … ] [ … ]". */
struct str relays_text(const struct relay_list *relays, enum relay_range range);

/*
 * For a stored message that came without an envelope: fills the client and HELO from the host that
 * handed it over to us, and the sender from what that server noted of it in Received,
 * X-Envelope-From, Envelope-Sender or Return-Path, or in the field of the settings. Fields that are
 * set already stay.
 */
void relays_recover_envelope(struct arena *arena, const struct header_list *headers,
                             const struct relay_list *relays, const struct relay_settings *settings,
                             struct envelope *envelope);

#endif
