/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is true of a message: its text, its envelope, the relays that it came through, and what
 * DNS says of the sender. Rules see nothing else. Immutable, in the message's arena.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include "base/deadline.h"
#include "facts/antivirus_result.h"
#include "facts/arc.h"
#include "facts/dkim.h"
#include "facts/dmarc.h"
#include "facts/lookups.h"
#include "facts/networks.h"
#include "facts/people.h"
#include "facts/relays.h"
#include "message/envelope.h"
#include "message/message.h"

struct geo;

/* Signatures, and the chain of those who forwarded it. */
struct dkim_facts {
	struct dkim_message message;
	struct arc arc;
};

struct facts {
	const struct message *message;
	const struct envelope *envelope; /* as given, or recovered from the message's headers */
	const struct relay_list *relays; /* newest first; item 0 is the SMTP connection */
	bool client_trusted;             /* the connecting client is in trusted_clients */
	const struct geo *geo;           /* where addresses are; NULL: nothing is known */
	/* Of the host that gave the message to our network. NULL where SPF was not asked for: it is
	 * trusted or authenticated, no sender known, no network tests, spf no. */
	const struct spf_result *spf;
	bool spf_is_relays; /* an internal relay found it, and its field is there */
	/* The trusted forwarder whose findings stand in the place of ours, an address or a domain;
	 * or empty. SPF's may be his; and who signed, by him. */
	struct str forwarder;
	bool spf_is_forwarders;
	struct str_list forwarded_signers;
	/* The trusted host of whose Authentication-Results something stands in the place of a check
	 * of ours that could not be made; or empty. SPF's then counts as a relay's. */
	struct str authserv;
	bool dkim_is_authservs, dmarc_is_authservs;
	const struct dkim_facts *dkim; /* NULL where it was not asked for */
	const struct dmarc *dmarc;     /* likewise, and where From has no domain to ask about */
	const struct people *people;   /* NULL: nobody was asked */
	const struct antivirus_result *antivirus; /* likewise */
};

struct forwarders;

/* What the settings say about facts; owned by the policy. */
struct facts_settings {
	struct relay_settings relays;
	const struct network_list *trusted_clients; /* for client_trusted; or NULL */
	const struct geo *geo;
	const struct forwarders *forwarders; /* that are trusted; NULL: none */
	const struct str_list *authservs; /* whose Authentication-Results are believed; or NULL */
	bool network_tests;
	bool spf, dkim, dmarc;
	/* What internal hosts wrote into the message, or this one into a stored message, stands;
	 * the oldest of it, or the newest. */
	bool reuse_received_spf;
	bool newest_received_spf;
	struct str hostname; /* our own; the envelope's is better unless … */
	bool hostname_given; /* … this one was set by the operator */
};

struct check_context;
struct checks;

struct facts_input {
	const struct message *message;
	/* The message's own, without the Received field that the milter puts in front for the
	 * connection that `envelope` describes. */
	const struct header_list *headers;
	const struct envelope *envelope;
	size_t added_fields;      /* those in front */
	bool truncated;           /* there is more of the body than the message has */
	struct lookups *lookups;  /* NULL: nothing is asked that was not begun before */
	struct checks *checks;    /* from checks_begin(), which end with this; or NULL */
	struct deadline deadline; /* for waiting, with facts_gather() */
};

#endif
