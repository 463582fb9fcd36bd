/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which recipients leave this system: the forward maps say what an address expands to, the hosted
 * domains say what stays. Immutable once loaded, owned by the policy; any number of readers.
 */
#ifndef FORWARD_FORWARD_H
#define FORWARD_FORWARD_H

#include "base/problems.h"

enum recipient_class {
	RECIPIENT_UNKNOWN,   /* no hosted domains or maps are configured that know the address */
	RECIPIENT_HOSTED,    /* delivered to a mailbox here, and nowhere else */
	RECIPIENT_FORWARDED, /* the whole expansion is external */
	RECIPIENT_BOTH,      /* a mailbox here and external addresses */
	RECIPIENT_RELAYED,   /* delivered elsewhere for a customer, but not forwarded */
};

/* One final address of an expansion and what decided it. */
struct destination {
	struct str address;
	bool external;
	struct source_position at; /* the map's line; file NULL where no map named it */
};

struct expansion {
	enum recipient_class class;
	vec_members(struct destination);
	bool incomplete; /* a loop, the depth limit, a map that failed, a guess: never drop on it */
	struct str trouble; /* why it is incomplete, a sentence without its full stop */
};

struct forward_maps;

/* What the settings say. Lists of domains have names, "*.name" for all below one, or "/path" of a
 * file with one per line. */
struct forward_settings {
	struct str_list maps; /* "texthash:/path", "aliases:/path" … */
	struct str_list
		hosted_domains; /* empty: the maps' keys say what is ours, which is a guess */
	struct str_list local_domains;   /* where bare names hold; empty: hosted, not virtual. Where
	                                  * those are several, it is a guess: nothing is dropped */
	struct str_list relayed_domains; /* delivered by other hosts, on behalf of their owners */
	struct str_list kept_senders;    /* domains whose senders SRS leaves as they are */
	struct str delimiters;           /* begin the extension of "user+extension" */
	bool delimiters_given;           /* false: a default, which may not be the MTA's */
	struct str hostname;             /* a hosted domain as well, where not empty */
	struct str_list own_names; /* more names of this host, besides those it knows itself */
};

/*
 * Loads everything. All trouble is added to `problems`; NULL where any of it is an error.
 * Everything lives in `arena`, that of the policy; so do the settings' texts.
 */
struct forward_maps *forward_maps_load(struct arena *arena, const struct forward_settings *settings,
                                       struct problems *problems);

/* True where a file that was read at load has changed since: time to load again. Only stat(). */
bool forward_maps_stale(const struct forward_maps *maps);

/* Must be asked before a drop: why the MTA may now have other tables than these (one has been
 * changed, or postmap was not run after that), or NULL. In `arena`. Only stat(). */
const char *forward_maps_doubt(const struct forward_maps *maps, struct arena *arena);

/* For maps that are out of date while what took their place can't be loaded: from now on every
 * expansion is incomplete. Thread-safe. */
void forward_maps_distrust(struct forward_maps *maps);

/* True where it is hosted, in a domain that we relay mail for, or at a name of this host. */
bool forward_is_ours(const struct forward_maps *maps, struct str address);

/* What says that an address's domain is ours: "hosted_domains", "relayed_domains, /path:3", or the
 * "/path:3" of a table; empty where nothing does. */
struct str forward_domain_reason(struct arena *arena, const struct forward_maps *maps,
                                 struct str address);
/* True where SRS leaves a sender as it is: it is ours, or in one of kept_senders. */
bool forward_keeps_sender(const struct forward_maps *maps, struct str sender);

/* Expands one recipient; the result is in `arena`. Case of the local part is ignored in look-ups.
 */
const struct expansion *forward_expand(struct arena *arena, const struct forward_maps *maps,
                                       struct str address);

/* The same where the MTA said what it calls itself, which is a name of its own too; or empty. */
const struct expansion *forward_expand_for(struct arena *arena, const struct forward_maps *maps,
                                           struct str address, struct str mta_name);

/*
 * Likewise of what an SRS address of ours stands for, the sender of a forwarded message: as if a
 * table sent the recipient there.
 */
const struct expansion *forward_expand_reversed(struct arena *arena,
                                                const struct forward_maps *maps, struct str sender,
                                                struct str mta_name);

#endif
