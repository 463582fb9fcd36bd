/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The links of a digest's items: what can still be done about each. */
#ifndef CLI_DIGEST_LINKS_H
#define CLI_DIGEST_LINKS_H

#include "base/error.h"
#include "cli/digest_mail.h"
#include "scoring/settings.h"
#include "store/acts.h"
#include "web/link_key.h"

struct digest_links {
	struct arena *arena;
	const struct settings *settings;
	struct acts_store *acts;
	struct str url; /* of the page, without "/" at its end */
	struct link_key key;
	struct str account; /* in lower case */
	uint32_t epoch;
	int64_t expires; /* seconds since 1970 */
};

/* Reads the key and opens the store; false with the reason, and nothing is to be closed then. */
bool digest_links_open(struct digest_links *links_r, struct arena *arena,
                       const struct settings *settings, struct str account, int64_t expires,
                       struct error *err_r);
void digest_links_close(struct digest_links *links);

/*
 * Says of an item what was released of it, and gives it links for what was not done yet: none where
 * it was released, and to deliver it only where there is a copy here. False where the store can't
 * be read.
 */
bool digest_links_add(struct digest_links *links, struct digest_item *item, struct error *err_r);

#endif
