/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sends a message that was dropped to its recipient after all: once, however many people want it
 * and wherever they are stopped. The store says that it is begun before the MTA gets anything, so
 * where it isn't known whether it was sent, it isn't sent again by itself. Blocks; thread-safe,
 * with a releaser of its own for each thread.
 */
#ifndef RELEASE_RELEASE_H
#define RELEASE_RELEASE_H

#include "forward/seal_key.h"
#include "forward/srs.h"
#include "release/copies.h"
#include "release/transport.h"
#include "scoring/settings.h"
#include "store/acts.h"

/* Of the acts in the store. */
#define RELEASE_VERB "release"

struct releaser {
	struct arena *arena; /* the caller's, for the rest */
	const char *folder;  /* of the copies */
	struct transport transport;
	struct str helo;
	struct srs_settings srs; /* of the senders; no domain: they stay */
	struct seal_key key;
	struct acts_store *acts;
};

/* By the settings: reads the keys, opens the store. `programs`: whether others may be started; if
 * not, what release_transport says of one is passed over. False with the reason; nothing is to be
 * freed then. */
bool release_open(struct releaser *releaser_r, struct arena *arena, const struct settings *settings,
                  bool programs, struct error *err_r);
void release_close(struct releaser *releaser);

/* One recipient of a copy. */
struct release_target {
	const struct copy *copy;
	const struct copy_recipient *recipient;
};
struct release_targets {
	vec_members(struct release_target);
};
/* Those whom `to` means: the recipient, where it would have gone, or the account; empty: all. */
void release_targets_find(struct arena *arena, const struct copies_list *copies, struct str to,
                          struct release_targets *targets_r);

enum release_end {
	RELEASE_SENT,
	RELEASE_WAS_SENT,  /* by somebody before: *before_r */
	RELEASE_WAS_BEGUN, /* by somebody before, and it isn't known how that ended: *before_r */
	RELEASE_REFUSED,   /* not sent, *err_r says why; it can be tried again */
	RELEASE_UNKNOWN,   /* the MTA got it and didn't answer */
};
/* `again`: also where it was sent or begun before. */
enum release_end release_send(struct releaser *releaser, const struct release_target *target,
                              struct str by, bool again, struct act *before_r, struct error *err_r);

#endif
